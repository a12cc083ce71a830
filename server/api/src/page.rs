//! Lists, page by page.

use serde::Serialize;
use utoipa::ToSchema;

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The things.
    items: Vec<T>,
    /// Give it as `cursor` to get the next part; null at the end.
    #[schema(required = true)]
    next: Option<String>,
}

impl<T> Page<T> {
    /// A part with the cursor of the next.
    pub(crate) fn new(items: impl IntoIterator<Item = T>, next: Option<String>) -> Self {
        Self {
            items: items.into_iter().collect(),
            next,
        }
    }

    /// A list that is never long enough to be cut.
    pub(crate) fn whole(items: impl IntoIterator<Item = T>) -> Self {
        Self::new(items, None)
    }
}
