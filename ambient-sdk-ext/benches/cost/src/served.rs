//! The responder in a separate process, so that its CPU time does not count towards a call.

use std::{
    env,
    io::{self, BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use crate::{Result, processor::on_processor, responder::Responder, session::session};

/// A responder that stops on drop.
pub(crate) struct Served {
    child: Child,
    url: String,
}

impl Served {
    pub(crate) fn start() -> Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        let mut child =
            command.arg("serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("the responder has no output")?;
        let url = BufReader::new(output).lines().next().ok_or("the responder did not start")??;
        Ok(Self { child, url })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // The responder stops at the end of its input.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Prints the responder's URL and serves until the input ends.
pub(crate) fn serve() -> Result<()> {
    let responder = on_processor(1, || Responder::start(&session(0).to_string()))?;
    println!("{}", responder.url());
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
