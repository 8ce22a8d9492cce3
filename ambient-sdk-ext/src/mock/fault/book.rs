//! The faults of a server, and the selection of the one that applies to a call.

use std::sync::Arc;

use super::Fault;

/// The faults that were set, with the number of calls that each has seen.
#[derive(Debug, Default)]
pub(in crate::mock) struct FaultBook {
    set: Vec<Planned>,
}

#[derive(Debug)]
struct Planned {
    operation: String,
    fault: Arc<Fault>,
    calls: u64,
}

impl FaultBook {
    pub(in crate::mock) fn set(&mut self, operation: &str, fault: Fault) {
        self.set.push(Planned {
            operation: operation.to_owned(),
            fault: Arc::new(fault),
            calls: 0,
        });
    }

    pub(in crate::mock) fn clear(&mut self) {
        self.set.clear();
    }

    /// Returns the fault that applies to a call of the operation with these names, if there is one.
    /// If several apply, the one that was set first is used. A fault counts only the calls that no
    /// earlier fault applied to.
    pub(in crate::mock) fn take(&mut self, names: &[&str]) -> Option<Arc<Fault>> {
        let mut found = None;
        for planned in &mut self.set {
            if found.is_none() && names.contains(&planned.operation.as_str()) && planned.is_due() {
                found = Some(planned.fault.clone());
            }
        }
        self.set.retain(|planned| !planned.is_over());
        found
    }
}

impl Planned {
    fn is_due(&mut self) -> bool {
        self.calls += 1;
        self.calls > self.fault.after && !self.is_past()
    }

    fn last(&self) -> Option<u64> {
        Some(self.fault.after.saturating_add(self.fault.times?))
    }

    fn is_past(&self) -> bool {
        self.last().is_some_and(|last| self.calls > last)
    }

    fn is_over(&self) -> bool {
        self.last().is_some_and(|last| self.calls >= last)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Verdict, *};

    fn fired(book: &mut FaultBook, calls: usize) -> Vec<bool> {
        (0..calls).map(|_| book.take(&["get_session", "*"]).is_some()).collect()
    }

    #[test]
    fn a_fault_applies_to_the_selected_calls() {
        let mut book = FaultBook::default();
        book.set("get_session", Fault::status(503).after(1).times(2));
        assert_eq!(fired(&mut book, 5), [false, true, true, false, false]);
        book.set("*", Fault::cut_connection());
        assert_eq!(fired(&mut book, 2), [true, true]);
        book.clear();
        assert_eq!(fired(&mut book, 1), [false]);
        book.set("get_role", Fault::status(500));
        assert_eq!(fired(&mut book, 1), [false]);
    }

    #[test]
    fn faults_of_one_operation_apply_in_order() {
        let mut book = FaultBook::default();
        book.set("get_session", Fault::status(503).times(1));
        book.set("get_session", Fault::status(502).times(1));
        let statuses: Vec<_> = (0..3)
            .map(|_| match book.take(&["get_session"])?.verdict() {
                Verdict::Status(status, _) => Some(status.as_u16()),
                _ => None,
            })
            .collect();
        assert_eq!(statuses, [Some(503), Some(502), None]);
    }
}
