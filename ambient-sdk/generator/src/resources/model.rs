//! The resources of a document with their operations.

use super::{
    body::{self, Purpose},
    call::Call,
    json_fields,
    list::ListCall,
    names::{Names, Reserved},
    raw::{Field, Raw},
    spec::{Operation, Spec, parameter_name},
    words,
};

/// The resources and other operations of the resource layer.
pub(super) struct Model<'d> {
    pub(super) resources: Vec<Resource<'d>>,
    /// The operations that belong to no resource.
    pub(super) others: Vec<Action<'d>>,
}

/// A kind of object with its operations.
pub(super) struct Resource<'d> {
    /// The name of the handle, for example `Agents`.
    pub(super) name: String,
    /// The server's method that returns the handle, for example `agents`.
    pub(super) accessor: String,
    pub(super) noun: String,
    pub(super) nouns: String,
    /// The server's method that finds an object by its name.
    pub(super) by_name: String,
    /// The parent objects at the beginning of the path.
    pub(super) scope: Vec<Scope>,
    pub(super) list: ListCall<'d>,
    pub(super) get: Option<Call<'d>>,
    pub(super) create: Option<Call<'d>>,
    pub(super) update: Option<Call<'d>>,
    pub(super) delete: Option<Call<'d>>,
    pub(super) actions: Vec<Action<'d>>,
    pub(super) lists: Vec<SubList<'d>>,
    /// The resources below one object, each with the method that returns its handle.
    pub(super) children: Vec<(String, usize)>,
    /// The field that contains the name by which users find an object.
    pub(super) name_field: Option<Field>,
    pub(super) has_labels: bool,
    pub(super) has_annotations: bool,
}

/// A parent object, for example the project of an agent.
pub(super) struct Scope {
    pub(super) name: String,
    pub(super) noun: String,
}

/// An operation on one object or on all objects.
pub(super) struct Action<'d> {
    pub(super) name: String,
    pub(super) call: Call<'d>,
    /// The arguments for the path parameters after the scope.
    pub(super) arguments: Vec<String>,
}

/// A list below one object whose items have no operations at this path.
pub(super) struct SubList<'d> {
    pub(super) name: String,
    /// The name of its kind.
    pub(super) kind: String,
    pub(super) list: ListCall<'d>,
}

impl<'d> Model<'d> {
    pub(super) fn new(spec: Spec<'d>, raw: &Raw) -> Self {
        let mut operations: Vec<_> = spec.operations().collect();
        operations.sort_by_key(|operation| (operation.path, operation.method));
        let mut names = Names::new(Reserved::Server);
        let mut types = Names::new(Reserved::Types);
        let mut resources = Vec::new();
        for &operation in by_path(&operations) {
            let Some(list) = ListCall::new(operation, raw) else { continue };
            let resource = Resource::new(list, &operations, spec, raw);
            resources.extend(resource.filter(Resource::is_resource));
        }
        // A new resource must not change the name of a request.
        types.reserve(resources.iter().flat_map(Resource::derived_types));
        for resource in &mut resources {
            resource.take_name(&mut names, &mut types);
        }
        let mut model = Self { resources, others: Vec::new() };
        model.place_others(&operations, raw, &mut names);
        for resource in &mut model.resources {
            resource.name_kinds(&mut types);
        }
        model
    }

    /// Assigns each remaining operation to the resource whose path contains it.
    fn place_others(&mut self, operations: &[Operation<'d>], raw: &Raw, names: &mut Names) {
        let mut own: Vec<Names> =
            self.resources.iter().map(|_| Names::new(Reserved::Handle)).collect();
        for child in 0..self.resources.len() {
            let path = self.resources[child].path();
            let parent = self.resources.iter().position(|parent| is_child_of(parent.path(), path));
            if let (Some(parent), Some(last)) = (parent, path.rsplit('/').next()) {
                let name = own[parent].take([words::snake(last)]);
                self.resources[parent].children.push((name, child));
            }
        }
        let taken: Vec<&str> = self.resources.iter().flat_map(Resource::operations).collect();
        let left = operations.iter().filter(|operation| !taken.contains(&operation.id));
        let left: Vec<_> = left.filter(|operation| operation.by_hand().is_none()).collect();
        for operation in left {
            let Some(call) = Call::new(*operation, raw) else { continue };
            let owner = self.owner(operation.path);
            match owner {
                Some(at) => self.resources[at].adopt(call, raw, &mut own[at]),
                None => self.others.push(Action {
                    name: names.take([words::snake(operation.id)]),
                    arguments: arguments(&operation.path_parameters()),
                    call,
                }),
            }
        }
    }

    /// Returns the resource with the longest path that contains `path`.
    fn owner(&self, path: &str) -> Option<usize> {
        let below = self.resources.iter().enumerate().filter(|(_, resource)| {
            path.strip_prefix(resource.path()).is_some_and(|rest| rest.starts_with('/'))
        });
        below.max_by_key(|(_, resource)| resource.path().len()).map(|(at, _)| at)
    }
}

impl<'d> Resource<'d> {
    fn new(
        list: ListCall<'d>,
        operations: &[Operation<'d>],
        spec: Spec<'d>,
        raw: &Raw,
    ) -> Option<Self> {
        let path = list.call.operation.path;
        let find = |method: &str, of_item: bool| {
            let mut all = operations.iter().filter(|operation| operation.method == method);
            let found = all.find(|operation| match of_item {
                true => is_item_of(path, operation.path),
                false => operation.path == path,
            });
            let call = Call::new(*found?, raw)?;
            call.operation.by_hand().is_none().then_some(call)
        };
        let create = find("post", false).filter(|call| call.body.is_some());
        let update = find("patch", true).or_else(|| find("put", true));
        let update = update.filter(|call| call.body.is_some());
        let noun = words::noun(&list.item);
        let last = list.call.operation.segments().last().copied().unwrap_or_default();
        let is_many = words::noun(last) == noun;
        let has_map = |field: &str| has_map(&list, update.as_ref(), field, spec, raw);
        Some(Self {
            name: String::new(),
            accessor: String::new(),
            by_name: String::new(),
            nouns: if is_many { noun.clone() } else { words::plural(&noun) },
            noun,
            scope: scope_of(path),
            get: find("get", true).filter(Call::is_bare),
            delete: find("delete", true).filter(Call::is_bare),
            name_field: list.name_field(spec, raw),
            has_labels: has_map("labels"),
            has_annotations: has_map("annotations"),
            create,
            update,
            actions: Vec::new(),
            lists: Vec::new(),
            children: Vec::new(),
            list,
        })
    }

    pub(super) fn path(&self) -> &'d str {
        self.list.call.operation.path
    }

    /// Returns whether the resource is more than a list below another object.
    fn is_resource(&self) -> bool {
        let calls = [&self.get, &self.create, &self.update, &self.delete];
        self.scope.is_empty() || calls.iter().any(|call| call.is_some())
    }

    /// Returns the operations of the generic handle.
    pub(super) fn calls(&self) -> impl Iterator<Item = (&'static str, &Call<'d>)> {
        let calls = [
            ("list", Some(&self.list.call)),
            ("get", self.get.as_ref()),
            ("create", self.create.as_ref()),
            ("update", self.update.as_ref()),
            ("delete", self.delete.as_ref()),
        ];
        calls.into_iter().filter_map(|(name, call)| Some((name, call?)))
    }

    fn operations(&self) -> impl Iterator<Item = &'d str> {
        let calls = self.calls().map(|(_, call)| call.operation.id).collect::<Vec<_>>();
        calls.into_iter()
    }

    /// Returns the types that are named after the schemas of the resource.
    fn derived_types(&self) -> impl Iterator<Item = String> {
        let create = self.create.as_ref().and_then(Call::built_body);
        let update = self.update.as_ref().and_then(Call::built_body);
        let fields = Some(json_fields::trait_name(&self.list.item));
        let create = create.map(|body| body::builder_name(body, Purpose::Create));
        let update = update.map(|body| body::builder_name(body, Purpose::Change));
        fields.into_iter().chain(create).chain(update)
    }

    /// Derives the name from the last path segment, with the parent's name in front if that name is
    /// taken.
    fn take_name(&mut self, names: &mut Names, types: &mut Names) {
        let last = self.list.call.operation.segments().last().copied().unwrap_or_default();
        let own = words::snake(last);
        let scope: Vec<_> = self.scope.iter().map(|scope| scope.name.clone()).collect();
        let below = [scope, vec![own.clone()]].concat().join("_");
        self.accessor = names.take([own, below]);
        self.name = types.take([words::pascal(&self.accessor)]);
        self.by_name = names.take([format!("{}_by_name", words::singular(&self.accessor))]);
    }

    /// Names the kinds of the lists below one object.
    fn name_kinds(&mut self, types: &mut Names) {
        for list in &mut self.lists {
            list.kind = types.take([format!("{}{}", self.name, words::pascal(&list.name))]);
        }
    }

    /// Adds an operation below the resource's path.
    fn adopt(&mut self, call: Call<'d>, raw: &Raw, names: &mut Names) {
        let operation = call.operation;
        let rest: Vec<_> =
            operation.segments().split_off(self.list.call.operation.segments().len());
        let parts: Vec<_> =
            rest.iter().filter(|part| parameter_name(part).is_none()).copied().collect();
        let part = words::snake(&parts.join("_"));
        let ends_in_parameter = rest.last().is_some_and(|last| parameter_name(last).is_some());
        let verb = match operation.method {
            "get" | "post" if !ends_in_parameter => part.clone(),
            "put" => format!("replace_{part}"),
            "patch" => format!("update_{part}"),
            other => format!("{other}_{part}"),
        };
        let candidates = [verb, words::snake(operation.id)];
        let parameters: Vec<_> = rest.iter().filter_map(|part| parameter_name(part)).collect();
        let is_list = parameters.len() == 1 && rest.len() == 2 && !ends_in_parameter;
        match ListCall::new(operation, raw).filter(|_| is_list) {
            Some(list) => {
                let name = names.take(candidates);
                self.lists.push(SubList { name, kind: String::new(), list });
            }
            None => {
                let mut arguments = arguments(&parameters);
                if let (Some(first), true) = (arguments.first_mut(), rest[0].starts_with('{')) {
                    "id".clone_into(first);
                }
                self.actions.push(Action { name: names.take(candidates), call, arguments });
            }
        }
    }
}

/// Returns the operations sorted by the length of their paths, so that shorter paths get their
/// names first.
fn by_path<'o, 'd>(operations: &'o [Operation<'d>]) -> impl Iterator<Item = &'o Operation<'d>> {
    let mut sorted: Vec<_> = operations.iter().collect();
    sorted.sort_by_key(|operation| operation.segments().len());
    sorted.into_iter()
}

/// Returns whether `path` is the path of one object in the list at `list`.
fn is_item_of(list: &str, path: &str) -> bool {
    let rest = path.strip_prefix(list).and_then(|rest| rest.strip_prefix('/'));
    rest.is_some_and(|rest| parameter_name(rest).is_some_and(|name| !name.contains('/')))
}

/// Returns whether the list at `path` is below one object of the list at `parent`.
fn is_child_of(parent: &str, path: &str) -> bool {
    path.rsplit_once('/').is_some_and(|(above, _)| is_item_of(parent, above))
}

/// Returns the parent objects that the parameters of a path identify, named after the preceding
/// collections.
fn scope_of(path: &str) -> Vec<Scope> {
    let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let mut names = Names::new(Reserved::Arguments);
    let pairs = segments.iter().enumerate().filter_map(|(at, segment)| {
        let parameter = parameter_name(segment)?;
        let collection = at.checked_sub(1).map(|before| segments[before]);
        let collection = collection.filter(|collection| parameter_name(collection).is_none());
        Some(words::singular(&words::noun(collection.unwrap_or(parameter))))
    });
    pairs.map(|noun| Scope { name: names.take([words::snake(&noun)]), noun }).collect()
}

/// Returns the arguments for path parameters.
fn arguments(parameters: &[&str]) -> Vec<String> {
    let mut names = Names::new(Reserved::Arguments);
    parameters.iter().map(|parameter| names.take([words::snake(parameter)])).collect()
}

/// Returns whether this field of the items contains a map of strings as JSON text, and an update
/// can set it.
fn has_map(
    list: &ListCall<'_>,
    update: Option<&Call<'_>>,
    field: &str,
    spec: Spec<'_>,
    raw: &Raw,
) -> bool {
    let patch = update.and_then(Call::built_body);
    let is_json = |ty: &str| {
        let field = raw.structure(ty).and_then(|known| known.field(field));
        field.is_some_and(|field| field.is_json_text() && field.is_option)
    };
    is_json(&list.item) && patch.is_some_and(is_json) && spec.is(&list.item, field) == Some("map")
}
