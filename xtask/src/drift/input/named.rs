//! Classifies an argument of the command line.

/// The meaning of an argument.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named<'t> {
    /// A committed copy.
    Copy(&'t str),
    /// A committed copy at a git revision.
    CopyAt { name: &'t str, revision: &'t str },
    /// A path or URL.
    Document(&'t str),
    /// A path at a git revision.
    DocumentAt { file: &'t str, revision: &'t str },
}

impl<'t> Named<'t> {
    /// Classifies an argument; `copies` are the names of the committed copies.
    pub(super) fn of(argument: &'t str, copies: &[String]) -> Self {
        let is_copy = |name: &str| copies.iter().any(|copy| copy == name);
        if is_copy(argument) {
            return Self::Copy(argument);
        }
        if let Some((name, revision)) = argument.split_once('@')
            && is_copy(name)
        {
            return Self::CopyAt { name, revision };
        }
        match at(argument) {
            Some((file, revision)) if !argument.contains("://") && !exists(argument) => {
                Self::DocumentAt { file, revision }
            }
            _ => Self::Document(argument),
        }
    }
}

fn exists(path: &str) -> bool {
    std::path::Path::new(path).exists()
}

/// Splits an argument into file and revision. The revision may contain `@`, for example `HEAD@{1}`.
fn at(argument: &str) -> Option<(&str, &str)> {
    let starts = argument.rmatch_indices('@').map(|(start, _)| start);
    let start = starts.into_iter().find(|start| !argument[start + 1..].starts_with('{'))?;
    let (file, revision) = (&argument[..start], &argument[start + 1..]);
    (!file.is_empty() && !revision.is_empty()).then_some((file, revision))
}

#[cfg(test)]
mod tests {
    use super::Named;

    #[test]
    fn an_argument_is_a_copy_a_file_or_one_of_them_in_git() {
        let copies = ["garden".to_owned()];
        let of = |argument| Named::of(argument, &copies);
        assert_eq!(of("garden"), Named::Copy("garden"));
        assert_eq!(of("garden@v1"), Named::CopyAt { name: "garden", revision: "v1" });
        assert_eq!(of("a/b.yaml"), Named::Document("a/b.yaml"));
        let file = "a/b.yaml";
        assert_eq!(of("a/b.yaml@main"), Named::DocumentAt { file, revision: "main" });
        assert_eq!(of("a/b.yaml@HEAD@{1}"), Named::DocumentAt { file, revision: "HEAD@{1}" });
        let scoped = Named::DocumentAt { file: "@scope/b.yaml", revision: "v1.2" };
        assert_eq!(of("@scope/b.yaml@v1.2"), scoped);
        let url = "https://user@host.example/openapi.yaml";
        assert_eq!(of(url), Named::Document(url));
    }
}
