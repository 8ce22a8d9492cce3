//! Check for a tokio runtime, without which timers and connections panic.

use tokio::runtime::Handle;

use crate::error::{Error, ErrorKind, Result};

/// Returns an error outside a tokio runtime.
pub(crate) fn check() -> Result<()> {
    match Handle::try_current() {
        Ok(_) => Ok(()),
        Err(missing) => {
            let text = "there is no tokio runtime: await this inside one, for example in a \
                        function with #[tokio::main], or in tokio::runtime::Runtime::block_on";
            Err(Error::new(ErrorKind::Configuration, text).with_paraphrased_source(missing))
        }
    }
}
