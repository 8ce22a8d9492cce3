//! Finding the one item of a name.

use super::List;
use crate::error::{Error, ErrorKind, Result};

/// The only item of `list` that is called `name`.
///
/// The server may be lax about capital letters; a name here is only itself.
pub(super) async fn only<T: Send + 'static>(
    list: List<T>,
    name: &str,
    name_of: fn(&T) -> &str,
) -> Result<Option<T>> {
    let mut found = list.collect().await?;
    found.retain(|item| name_of(item) == name);
    match found.len() {
        0 | 1 => Ok(found.pop()),
        many => {
            let text = format!("{many} items are named {name:?}: use the id of the one you mean");
            Err(Error::new(ErrorKind::Conflict, text))
        }
    }
}
