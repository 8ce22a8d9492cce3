//! Maps places of the bundle to places in the canonical files.

use super::{Bundler, Target};
use crate::error::Place;
use crate::pointer;

/// The canonical places of a bundle.
#[derive(Debug)]
pub struct Origin(Box<Bundler>);

impl Origin {
    pub(super) fn of(bundler: Bundler) -> Self {
        Self(Box::new(bundler))
    }

    /// Returns the canonical place of `pointer`, or of the nearest enclosing value that a file has: an
    /// overlay or a rule may have added the value.
    pub fn place(&mut self, pointer: &str) -> Place {
        let mut here = pointer;
        loop {
            if let Some(target) = self.target(here) {
                return self.0.source.document(target.document).place(&target.pointer);
            }
            match here.rsplit_once('/') {
                Some((around, _)) => here = around,
                None => return self.0.source.root().place(""),
            }
        }
    }

    fn target(&mut self, pointer: &str) -> Option<Target> {
        let (base, below) = self.component(pointer).unwrap_or_else(|| {
            (Target { document: 0, pointer: String::new() }, pointer.to_owned())
        });
        let whole = format!("#{}{below}", base.pointer);
        self.0.locate_pointer(base.document, &whole).ok()
    }

    /// Returns the canonical place of the component that `pointer` leads through, and the rest of the
    /// pointer.
    fn component(&self, pointer: &str) -> Option<(Target, String)> {
        let mut segments = pointer::segments(pointer);
        let (components, section, name) = (segments.next()?, segments.next()?, segments.next()?);
        if components != "components" {
            return None;
        }
        let below = segments.fold(String::new(), |below, segment| pointer::join(&below, &segment));
        let holder =
            self.0.holders.iter().find(|((of, held), _)| **of == *section && *held == name);
        Some((holder?.1.clone(), below))
    }
}
