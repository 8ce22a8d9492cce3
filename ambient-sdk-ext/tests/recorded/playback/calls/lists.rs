//! Pages of lists.

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

use super::{Maybe, RecordedCall};

/// Returns the page that a query selects, or `None` if no list supports the query.
pub(super) async fn page<K>(mut list: List<K>, call: &RecordedCall<'_>) -> Maybe
where
    K: Searches + Orders,
    K::Item: Serialize,
{
    for (name, value) in &call.query {
        list = match name.as_str() {
            "search" => list.search(Search::raw(value)),
            "orderBy" => list.order_by(OrderBy::raw(value)),
            "page" => list.start_page(value.parse().ok().filter(|page| *page > 0)?),
            // The list already has this filter.
            "provider" => list,
            "size" => list.page_size(value.parse().ok().filter(|size| *size > 0)?),
            _ => return None,
        };
    }
    Some(page_of(list).await)
}

/// Returns the first page of a list in the form of the response.
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
