//! Adapts what the generator's settings can't.

use syn::{
    ExprPath, File, ImplItem, Item, parse_quote,
    visit_mut::{self, VisitMut},
};

/// Takes out what misleads, and has responses read by this crate; says how many places read one.
pub(crate) fn adapt(file: &mut File) -> usize {
    leave_out_constructor_with_time_out(&mut file.items);
    let mut reading = ReadByThisCrate::default();
    reading.visit_file_mut(file);
    reading.places
}

/// `Client::new` makes an HTTP client that ends every stream after 15 seconds, and panics where that
/// can't be made.
fn leave_out_constructor_with_time_out(items: &mut [Item]) {
    for item in items {
        let Item::Impl(item) = item else { continue };
        let ty = &item.self_ty;
        if item.trait_.is_none() && **ty == parse_quote!(Client) {
            item.items.retain(|item| !matches!(item, ImplItem::Fn(f) if f.sig.ident == "new"));
        }
    }
}

/// Replaces `ResponseValue::from_response`, and counts the places.
#[derive(Default)]
struct ReadByThisCrate {
    places: usize,
}

impl VisitMut for ReadByThisCrate {
    fn visit_expr_path_mut(&mut self, path: &mut ExprPath) {
        if *path == parse_quote!(ResponseValue::from_response) {
            *path = parse_quote!(crate::decode::value);
            self.places += 1;
        }
        visit_mut::visit_expr_path_mut(self, path);
    }
}
