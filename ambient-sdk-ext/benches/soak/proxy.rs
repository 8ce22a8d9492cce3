//! A proxy in front of the server that sometimes refuses connections.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};

/// The time during which connections are accepted, followed by the time during which they are
/// refused.
const OPEN: Duration = Duration::from_secs(40);
const CLOSED: Duration = Duration::from_secs(4);

/// Forwards connections to `to`. In an outage, it closes all connections and refuses new ones.
pub(crate) async fn start(to: SocketAddr) -> SocketAddr {
    let listener = listen("127.0.0.1:0".parse().unwrap());
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut listener = Some(listener);
        loop {
            let open = listener.take().unwrap_or_else(|| listen(address));
            let _closed = timeout(OPEN, pass_on(open, to)).await;
            sleep(CLOSED).await;
        }
    });
    address
}

async fn pass_on(listener: TcpListener, to: SocketAddr) {
    let mut connections = JoinSet::new();
    while let Ok((mut here, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        connections.spawn(async move {
            let Ok(mut there) = TcpStream::connect(to).await else { return };
            let _ended = copy_bidirectional(&mut here, &mut there).await;
        });
    }
}

fn listen(address: SocketAddr) -> TcpListener {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap();
    socket.listen(1024).unwrap()
}
