//! JSON pointers that are cheap to extend and to clone. They are formatted only for changes.

use std::fmt;
use std::rc::Rc;

use crate::pointer::escape;

/// A JSON pointer as a fragment: `#/components/schemas/Session`.
#[derive(Clone, Debug)]
pub(in crate::drift) struct Pointer<'a> {
    /// The start: the document, or the target of a reference.
    root: &'a str,
    steps: Option<Rc<Step<'a>>>,
}

#[derive(Debug)]
struct Step<'a> {
    before: Option<Rc<Step<'a>>>,
    segment: Segment<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Segment<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> Pointer<'a> {
    /// Creates a pointer from its text.
    pub(super) fn whole(root: &'a str) -> Self {
        Self { root, steps: None }
    }

    /// Returns whether it is the start itself, for example the target of a reference.
    pub(in crate::drift) fn is_start(&self) -> bool {
        self.steps.is_none()
    }

    pub(super) fn key(&self, key: &'a str) -> Self {
        self.extended(Segment::Key(key))
    }

    pub(super) fn index(&self, index: usize) -> Self {
        self.extended(Segment::Index(index))
    }

    fn extended(&self, segment: Segment<'a>) -> Self {
        let step = Step { before: self.steps.clone(), segment };
        Self { root: self.root, steps: Some(Rc::new(step)) }
    }
}

impl fmt::Display for Pointer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.root)?;
        let mut steps = Vec::new();
        let mut next = self.steps.as_ref();
        while let Some(step) = next {
            steps.push(step.segment);
            next = step.before.as_ref();
        }
        steps.iter().rev().try_for_each(|segment| match segment {
            Segment::Key(key) => write!(f, "/{}", escape(key)),
            Segment::Index(index) => write!(f, "/{index}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Pointer;

    #[test]
    fn a_pointer_is_formatted_from_root_to_leaf() {
        let pointer = Pointer::whole("#/paths").key("/a~b/{id}").key("parameters").index(2);
        assert_eq!(pointer.to_string(), "#/paths/~1a~0b~1{id}/parameters/2");
    }
}
