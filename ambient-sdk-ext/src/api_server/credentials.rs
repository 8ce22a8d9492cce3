//! Credentials: secrets for other services, which sessions work with.
//!
//! The secret is sent with a [`NewCredential`] or a [`CredentialPatch`] and comes back from
//! [`Credentials::token`] only. It never shows in `Debug`, and every value that holds it clears it from
//! memory when dropped; what the HTTP client had of it in its buffers is not.
//!
//! ```no_run
//! use ambient_sdk_ext::api_server::{CredentialPatch, NewCredential};
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let credentials = client.api_server().credentials();
//! let new = NewCredential::new("github-bot", "github").token("ghp_...").labels([("team", "core")]);
//! let credential = credentials.create(new).await?;
//!
//! // Rotation: the id stays, so everything that uses it goes on with the new secret.
//! credentials.update(&credential.id, CredentialPatch::new().token("ghp_...")).await?;
//! let token = credentials.token(&credential.id).await?;
//! println!("{token:?}"); // `token` shows as [redacted]; `token.token.expose()` is the secret.
//! # Ok(())
//! # }
//! ```

use ambient_sdk::api_server::types;

use super::{
    ApiServer, List,
    resource::{deletable, list, resource, send},
};
use crate::error::Result;

resource! {
    /// The credentials of the platform that the token may see.
    Credentials of Credential by cred_id: "credential id" {
        list: list_credentials,
        get: get_credential,
        create: create_credential(CredentialCreateRequest),
        update: update_credential(CredentialPatchRequest),
    }
}

deletable!(Credentials, delete_credential, cred_id);

resource! {
    /// The credentials of one project.
    ProjectCredentials in (project as id: "project id") of Credential by cred_id: "credential id" {
        list: list_project_credentials,
        get: get_project_credential,
        create: create_project_credential(CredentialCreateRequest),
        update: update_project_credential(CredentialPatchRequest),
    }
}

deletable!(ProjectCredentials, delete_project_credential.id(project), cred_id);

super::request::request! {
    /// A credential to create, for a provider as in `github`.
    NewCredential for CredentialCreateRequest (name: String, provider: types::CredentialProvider) {
        secret token,
        text description,
        text url,
        text email,
        map labels,
        map annotations,
    }
}

super::request::request! {
    /// What to change of a credential; see [`request`](super::request).
    CredentialPatch for CredentialPatchRequest {
        text name,
        value(types::CredentialProvider) provider,
        secret token,
        clearable description,
        clearable url,
        clearable email,
        map labels,
        map annotations,
    }
}

impl Credentials {
    /// Those for one provider, as in `github`; a search narrows them further.
    pub fn list_for(
        &self,
        provider: impl Into<types::CredentialProvider>,
    ) -> List<types::Credential> {
        let provider = provider.into().to_string();
        list!(searchable, &self.server, self.check(), list_credentials.provider(provider))
    }

    /// The secret itself.
    ///
    /// # Errors
    /// As those of [`get`](Self::get); [`Permission`](crate::ErrorKind::Permission) for a token
    /// that may see the credential but not its secret.
    pub async fn token(&self, id: impl AsRef<str>) -> Result<types::CredentialTokenResponse> {
        let id = self.checked(id.as_ref())?;
        send!(self, get_credential_token.cred_id(id))
    }
}

impl ProjectCredentials {
    /// Those for one provider, as in `github`; a search narrows them further.
    pub fn list_for(
        &self,
        provider: impl Into<types::CredentialProvider>,
    ) -> List<types::Credential> {
        let (project, provider) = (&self.project, provider.into().to_string());
        list!(
            searchable,
            &self.server,
            self.check(),
            list_project_credentials.id(project).provider(provider)
        )
    }

    /// The secret itself.
    ///
    /// # Errors
    /// As those of [`get`](Self::get); [`Permission`](crate::ErrorKind::Permission) for a token
    /// that may see the credential but not its secret.
    pub async fn token(&self, id: impl AsRef<str>) -> Result<types::CredentialTokenResponse> {
        let id = self.checked(id.as_ref())?;
        send!(self, get_project_credential_token.id(&self.project).cred_id(id))
    }
}

impl ApiServer {
    /// The credentials of the platform.
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        Credentials::new(self)
    }

    /// The credentials of the project of this id.
    #[must_use]
    pub fn project_credentials(&self, project: impl Into<String>) -> ProjectCredentials {
        ProjectCredentials::new(self, project)
    }
}
