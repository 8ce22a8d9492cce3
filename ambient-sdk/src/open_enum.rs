//! The methods and conversions that all open enums have in common.

/// Implements conversions, formatting and serde for a generated enum with an `Unknown(String)`
/// variant.
///
/// All paths are absolute because the enum may have any name, for example `Result` or `From`.
macro_rules! open_enum {
    ($name:ident { $($variant:ident = $text:literal,)* }) => {
        impl $name {
            /// The values that this version of the crate knows, as they are sent.
            pub const KNOWN: &'static [&'static str] = &[$($text),*];

            /// Returns the value as it is sent.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown(text) => text,
                }
            }

            fn known(text: &str) -> ::std::option::Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl ::std::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::known(text).unwrap_or_else(|| Self::Unknown(text.to_owned()))
            }
        }

        impl ::std::convert::From<::std::string::String> for $name {
            fn from(text: ::std::string::String) -> Self {
                Self::known(&text).unwrap_or(Self::Unknown(text))
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(text: &str) -> ::std::result::Result<Self, ::std::convert::Infallible> {
                Ok(<Self as ::std::convert::From<_>>::from(text))
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::std::cmp::PartialEq<str> for $name {
            fn eq(&self, text: &str) -> bool {
                self.as_str() == text
            }
        }

        impl ::std::cmp::PartialEq<&str> for $name {
            fn eq(&self, text: &&str) -> bool {
                self.as_str() == *text
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                deserializer.deserialize_any($crate::text::TextVisitor).map(<Self as ::std::convert::From<_>>::from)
            }
        }
    };
}
pub(crate) use open_enum;

/// Implements `JsonSchema` for a type that is sent as a string.
#[cfg(feature = "schemars")]
macro_rules! text_schema {
    ($name:ident) => {
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string" })
            }
        }
    };
}
#[cfg(feature = "schemars")]
pub(crate) use text_schema;

#[cfg(test)]
#[allow(unreachable_pub)]
mod tests {
    #[derive(Clone, Debug, PartialEq, Eq)]
    enum Colour {
        Red,
        Unknown(String),
    }
    open_enum!(Colour { Red = "red", });

    #[test]
    fn known_and_unknown_values_survive_a_round_trip() {
        for text in [r#""red""#, r#""mauve""#] {
            let value: Colour = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
        }
        assert_eq!(Colour::from("red"), Colour::Red);
        assert_eq!("mauve".parse(), Ok(Colour::Unknown("mauve".into())));
        assert_eq!(Colour::KNOWN, ["red"]);
    }

    #[test]
    fn a_value_that_is_not_text_is_kept_as_json() {
        assert_eq!(serde_json::from_str::<Colour>("7").unwrap(), "7");
        assert_eq!(serde_json::from_str::<Colour>("null").unwrap(), "");
    }
}
