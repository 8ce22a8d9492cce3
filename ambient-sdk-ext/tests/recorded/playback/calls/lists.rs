//! The pages of lists.

use ambient_sdk_ext::{
    Result,
    api_server::{
        List, OrderBy, Search,
        list::{ListKind, Orders, Searches},
    },
};
use futures_util::TryStreamExt;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Maybe, Wanted};

/// The page of a list that a query asks for; none when it asks for what no list does.
pub(super) async fn page<K>(mut list: List<K>, wanted: &Wanted<'_>) -> Maybe
where
    K: Searches + Orders,
    K::Item: Serialize,
{
    for (name, value) in &wanted.query {
        list = match name.as_str() {
            "search" => list.search(Search::raw(value)),
            "orderBy" => list.order_by(OrderBy::raw(value)),
            "page" => list.start_page(value.parse().ok().filter(|page| *page > 0)?),
            // It is what the list was made with.
            "provider" => list,
            "size" => list.page_size(value.parse().ok().filter(|size| *size > 0)?),
            _ => return None,
        };
    }
    Some(page_of(list).await)
}

/// The first page of a list, in the form in which it came.
pub(super) async fn page_of<K>(list: List<K>) -> Result<Value>
where
    K: ListKind,
    K::Item: Serialize,
{
    let page = list.pages().try_next().await?;
    let Some(page) = page else {
        return Ok(json!({"items": []}));
    };
    Ok(json!({"items": page.items, "total": page.total}))
}
