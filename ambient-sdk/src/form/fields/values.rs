//! Serialization of the values of one property, each to a field.

use serde::ser::{
    Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, Serializer,
};

use super::{Content, Error, Field, to_json};
use crate::form::file_part::{FILE, FilePart};

/// Serializes the values of one property.
pub(super) struct Values<'f> {
    pub(super) fields: &'f mut Vec<Field>,
    pub(super) name: String,
}

impl Values<'_> {
    fn push(self, content: Content) -> Result<(), Error> {
        self.fields.push(Field { name: self.name, content });
        Ok(())
    }

    fn text(self, text: impl ToString) -> Result<(), Error> {
        self.push(Content::Text(text.to_string()))
    }

    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(Values { fields: self.fields, name: self.name.clone() })
    }
}

macro_rules! texts {
    ($($method:ident: $type:ty),*) => {
        $(fn $method(self, value: $type) -> Result<(), Error> { self.text(value) })*
    };
}

/// Serializes an object inside a property to JSON.
pub(super) struct Json<'f> {
    values: Values<'f>,
    object: serde_json::Map<String, serde_json::Value>,
    key: String,
    /// The name of the enum variant that contains the object.
    variant: Option<&'static str>,
}

impl<'f> Json<'f> {
    fn of(values: Values<'f>, variant: Option<&'static str>) -> Self {
        Self { values, object: serde_json::Map::new(), key: String::new(), variant }
    }

    fn insert<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Error> {
        self.object.insert(key.to_owned(), to_json(value)?);
        Ok(())
    }

    fn finish(self) -> Result<(), Error> {
        let object = serde_json::Value::Object(self.object);
        let json = match self.variant {
            Some(variant) => serde_json::json!({ variant: object }),
            None => object,
        };
        self.values.push(Content::Json(json.to_string()))
    }
}

impl<'f> Serializer for Values<'f> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Json<'f>;
    type SerializeStruct = Json<'f>;
    type SerializeStructVariant = Json<'f>;

    texts!(
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32,
        serialize_i64: i64, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32,
        serialize_u64: u64, serialize_f32: f32, serialize_f64: f64, serialize_char: char,
        serialize_str: &str
    );

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Error> {
        self.push(Content::File(FilePart::new(bytes.to_vec())))
    }

    fn serialize_none(self) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &str, _: u32, name: &'static str) -> Result<(), Error> {
        self.text(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        if name != FILE {
            return value.serialize(self);
        }
        let mut framed = Vec::new();
        value.serialize(Values { fields: &mut framed, name: String::new() })?;
        let file = framed.pop().and_then(|field| match field.content {
            Content::File(frame) => FilePart::unframed(frame.bytes()),
            _ => None,
        });
        self.push(Content::File(file.unwrap_or_default()))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        let json = serde_json::json!({ name: to_json(value)? });
        self.push(Content::Json(json.to_string()))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Error> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Error> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Error> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        Err(Error("a form cannot contain this kind of value".to_owned()))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Json<'f>, Error> {
        Ok(Json::of(self, None))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Json<'f>, Error> {
        Ok(Json::of(self, None))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Json<'f>, Error> {
        Ok(Json::of(self, Some(name)))
    }
}

impl SerializeSeq for Values<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.add(value)
    }

    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}

impl SerializeTuple for Values<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.add(value)
    }

    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}

impl SerializeTupleStruct for Values<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.add(value)
    }

    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}

impl SerializeMap for Json<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key = match to_json(key)? {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = std::mem::take(&mut self.key);
        self.insert(&key, value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl SerializeStruct for Json<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.insert(name, value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl SerializeStructVariant for Json<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.insert(name, value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}
