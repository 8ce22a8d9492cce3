//! English words for generated documentation: nouns, plurals, articles and verbs, derived from
//! names.

/// Returns the words of a name in lower case: `InboxMessage`, `inbox-message` and `inbox_message`
/// have the same words.
pub fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(at + 1);
        let begins_word = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if !c.is_alphanumeric() || begins_word {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Converts `InboxMessage` to `inbox message`.
pub fn noun(name: &str) -> String {
    words(name).join(" ")
}

/// Converts `InboxMessage` to `inbox_message`.
pub fn snake(name: &str) -> String {
    words(name).join("_")
}

/// Converts `inbox-message` to `InboxMessage`.
pub fn pascal(name: &str) -> String {
    words(name).iter().map(|word| capital(word)).collect()
}

/// Capitalizes the first letter.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Returns the plural of a noun: `policies` for `policy`. A noun that already looks like a plural
/// is returned unchanged.
pub fn plural(noun: &str) -> String {
    let consonant_before_y = noun.strip_suffix('y').filter(|stem| !stem.ends_with(is_vowel));
    if let Some(stem) = consonant_before_y {
        return format!("{stem}ies");
    }
    if ["ss", "us", "is", "x", "z", "ch", "sh"].iter().any(|end| noun.ends_with(end)) {
        return format!("{noun}es");
    }
    if noun.ends_with('s') { noun.to_owned() } else { format!("{noun}s") }
}

/// Returns the singular of a plural: `policy` for `policies`.
pub fn singular(noun: &str) -> String {
    if let Some(stem) = noun.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for end in ["sses", "uses", "xes", "zes", "ches", "shes"] {
        if noun.ends_with(end) {
            return noun[..noun.len() - 2].to_owned();
        }
    }
    let is_one = ["ss", "us", "is"].iter().any(|end| noun.ends_with(end));
    noun.strip_suffix('s').filter(|_| !is_one).unwrap_or(noun).to_owned()
}

/// Returns the noun with its indefinite article: `an agent`, `a user`, `project settings`.
pub fn one(noun: &str) -> String {
    if noun == plural(noun) {
        return noun.to_owned();
    }
    let sounds_like_you = ["uni", "use", "usa", "uti", "eu"];
    let vowel = noun.starts_with(is_vowel) && !sounds_like_you.iter().any(|u| noun.starts_with(u));
    format!("{} {noun}", if vowel { "an" } else { "a" })
}

/// Returns the third person of a verb: `archives` for `archive`, `retries` for `retry`.
pub fn third_person(verb: &str) -> String {
    match verb.strip_suffix('y').filter(|stem| !stem.ends_with(is_vowel)) {
        Some(stem) => format!("{stem}ies"),
        None if ["s", "x", "z", "ch", "sh", "o"].iter().any(|end| verb.ends_with(end)) => {
            format!("{verb}es")
        }
        None => format!("{verb}s"),
    }
}

/// Joins items as `a`, `a and b`, or `a, b and c`.
pub fn listed(items: &[String], word: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} {word} {last}", most.join(", ")),
    }
}

fn is_vowel(c: char) -> bool {
    matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_words_are_converted() {
        assert_eq!(noun("InboxMessage"), "inbox message");
        assert_eq!(noun("scheduled-sessions"), "scheduled sessions");
        assert_eq!(noun("HTTPProxy2Kind"), "http proxy2 kind");
        assert_eq!(snake("orderBy"), "order_by");
        assert_eq!(pascal("role_bindings"), "RoleBindings");
        assert_eq!(capital("über"), "Über");
    }

    #[test]
    fn nouns_have_singular_and_plural() {
        for (one, many) in [
            ("team", "teams"),
            ("policy", "policies"),
            ("key", "keys"),
            ("status", "statuses"),
            ("box", "boxes"),
            ("branch", "branches"),
            ("class", "classes"),
            ("inbox message", "inbox messages"),
        ] {
            assert_eq!(plural(one), many);
            assert_eq!(singular(many), one);
        }
        assert_eq!(plural("project settings"), "project settings");
    }

    #[test]
    fn articles_depend_on_the_sound() {
        assert_eq!(one("agent"), "an agent");
        assert_eq!(one("user"), "a user");
        assert_eq!(one("update"), "an update");
        assert_eq!(one("project settings"), "project settings");
    }

    #[test]
    fn verbs_and_lists() {
        assert_eq!(third_person("archive"), "archives");
        assert_eq!(third_person("retry"), "retries");
        assert_eq!(third_person("push"), "pushes");
        assert_eq!(third_person("deploy"), "deploys");
        let items: Vec<String> = ["a", "b", "c"].map(String::from).into();
        assert_eq!(listed(&items, "and"), "a, b and c");
        assert_eq!(listed(&items[..1], "and"), "a");
    }
}
