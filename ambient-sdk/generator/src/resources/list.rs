//! Operations that return one page of a list.

use syn::{Ident, Type};

use super::{
    call::{Call, Choice},
    raw::{self, Field, Raw},
    spec::{Operation, Spec},
};

/// The data required to read a list page by page.
pub(super) struct ListCall<'d> {
    pub(super) call: Call<'d>,
    /// The type of the items.
    pub(super) item: String,
    /// The fields of the page that contain the items and the total number of items.
    pub(super) items: Ident,
    pub(super) total: Field,
    /// The field of an item that contains its id.
    pub(super) id: Option<Field>,
    /// The setters of the parameters that any list can have.
    pub(super) page: Option<Ident>,
    pub(super) size: Option<Ident>,
    pub(super) search: Option<Ident>,
    pub(super) order: Option<Ident>,
    /// Whether the items have a creation time.
    pub(super) is_dated: bool,
}

impl<'d> ListCall<'d> {
    /// Creates the list of an operation; `None` if its response does not contain items and their
    /// total number.
    pub(super) fn new(operation: Operation<'d>, raw: &Raw) -> Option<Self> {
        if operation.method != "get" || operation.by_hand().is_some() {
            return None;
        }
        let call = Call::new(operation, raw).filter(Call::is_bare)?;
        let page = raw.structure(&type_name(&call.answer)?)?;
        let (items, total) = (page.field("items")?, page.field("total")?);
        let item = type_name(raw::inner(&items.ty, "Vec").filter(|_| !items.is_option)?)?;
        let known = raw.structure(&item)?;
        if !is_number(&total.ty) {
            return None;
        }
        let id = known.field("id").filter(|id| id.is_text()).cloned();
        let setter = |name: &str, fits: fn(&Type) -> bool| {
            let choice = call.options.iter().find(|choice| choice.parameter.name == name);
            choice.filter(|choice| fits(&choice.ty)).map(|choice| choice.ident.clone())
        };
        Some(Self {
            item,
            items: items.ident.clone(),
            total: total.clone(),
            id,
            page: setter("page", is_number),
            size: setter("size", is_number),
            search: setter("search", raw::is_text),
            order: setter("orderBy", raw::is_text).or_else(|| setter("order_by", raw::is_text)),
            is_dated: known.field("created_at").is_some(),
            call,
        })
    }

    /// Returns the parameters that are specific to this list.
    pub(super) fn filters(&self) -> impl Iterator<Item = &Choice<'d>> {
        let known = [&self.page, &self.size, &self.search, &self.order];
        self.call.options.iter().filter(move |choice| {
            let is_known = known.iter().any(|known| known.as_ref() == Some(&choice.ident));
            !is_known && !choice.parameter.is_hidden && choice.parameter.place == "query"
        })
    }

    /// Returns the field that contains the name by which users find an item.
    pub(super) fn name_field(&self, spec: Spec<'d>, raw: &Raw) -> Option<Field> {
        self.search.as_ref()?;
        let wire = spec.property_that_is(&self.item, "name").unwrap_or("name");
        let field = raw.structure(&self.item)?.field(wire)?;
        Some(field.clone()).filter(Field::is_text)
    }
}

/// Returns `Agent` for `types::Agent`.
pub(super) fn type_name(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    let mut segments = path.path.segments.iter();
    let is_ours = segments.next()?.ident == "types";
    let name = segments.next().filter(|_| is_ours)?.ident.to_string();
    segments.next().is_none().then_some(name)
}

/// Returns whether a type is an integer, including the `NonZero` types.
fn is_number(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|last| {
        let name = last.ident.to_string();
        let name = name.strip_prefix("NonZero").unwrap_or(&name).to_lowercase();
        matches!(name.as_str(), "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64")
    })
}
