package ovhcloud

// The answers of the API, with the fields that are kept, in the order of their names. What is left out is secret, or says more of
// people than is needed.
type (
	// User is identity.User.
	User struct {
		Email              string `json:"email,omitempty"`
		Group              string `json:"group,omitempty"`
		LastUpdate         string `json:"lastUpdate,omitempty"`
		Login              string `json:"login"`
		PasswordLastUpdate string `json:"passwordLastUpdate,omitempty"`
		Status             string `json:"status,omitempty"`
		URN                string `json:"urn,omitempty"`
	}
	// Group is identity.Group.
	Group struct {
		Name string `json:"name"`
		Role string `json:"role,omitempty"`
		URN  string `json:"urn,omitempty"`
	}
	// Provider is auth.Provider without certificates and attributes; empty where people log in to the account itself.
	Provider struct {
		DisableUsers  bool   `json:"disableUsers,omitempty"`
		SSOServiceURL string `json:"ssoServiceUrl,omitempty"`
	}
	// Restriction is a second factor of the root account, nichandle.accessRestriction.TOTPAccount and the like.
	Restriction struct {
		CreationDate string `json:"creationDate,omitempty"`
		ID           int64  `json:"id"`
		LastUsedDate string `json:"lastUsedDate,omitempty"`
		Status       string `json:"status"`
	}
	// IPRestriction is nichandle.accessRestriction.IpRestriction.
	IPRestriction struct {
		ID   int64  `json:"id"`
		IP   string `json:"ip"`
		Rule string `json:"rule"`
	}
	// DefaultRule is nichandle.accessRestriction.IpRestrictionDefaultRule.
	DefaultRule struct {
		Rule string `json:"rule"`
	}
	// Nichandle is nichandle.Nichandle without what says more of a person than the contract's legal entity.
	Nichandle struct {
		Registration string `json:"companyNationalIdentificationNumber,omitempty"`
		Country      string `json:"country,omitempty"`
		// Given are the names of the fields with personal data that have a value. The values are not kept.
		Given        []string `json:"given,omitempty"`
		LegalForm    string   `json:"legalform,omitempty"`
		Organisation string   `json:"organisation,omitempty"`
	}
	// Region is okms.reference.Region.
	Region struct {
		Certifications []string `json:"certifications,omitempty"`
		ID             string   `json:"id"`
		KMIPEndpoint   string   `json:"kmipEndpoint,omitempty"`
		RESTEndpoint   string   `json:"restEndpoint,omitempty"`
		Type           string   `json:"type,omitempty"`
	}
	// KeyType is okms.reference.serviceKey.Response: what keys of a type can be made with.
	KeyType struct {
		Curves          []Choice `json:"curves"`
		Operations      []Choice `json:"operations"` // lists of them
		ProtectionLevel []Choice `json:"protectionLevel,omitempty"`
		Sizes           []Choice `json:"sizes"`
		Type            string   `json:"type"`
	}
	// Choice is one of the values that can be chosen.
	Choice struct {
		Value any `json:"value"`
	}
	// Policy is iam.policy.Response.
	Policy struct {
		Conditions        any          `json:"conditions,omitempty"`
		ExpiredAt         string       `json:"expiredAt,omitempty"`
		ID                string       `json:"id"`
		Identities        []string     `json:"identities"`
		Name              string       `json:"name,omitempty"`
		Permissions       *Permissions `json:"permissions"`
		PermissionsGroups []URN        `json:"permissionsGroups,omitempty"`
		ReadOnly          bool         `json:"readOnly,omitempty"`
		Resources         []URN        `json:"resources"`
	}
	// URN names something else.
	URN struct {
		URN string `json:"urn"`
	}
	// Permissions are iam.Permissions, of a policy or a group.
	Permissions struct {
		Allow  []Action `json:"allow,omitempty"`
		Deny   []Action `json:"deny,omitempty"`
		Except []Action `json:"except,omitempty"`
	}
	// Action is what permissions are about.
	Action struct {
		Action string `json:"action"`
	}
	// PermissionsGroup is iam.PermissionsGroup.
	PermissionsGroup struct {
		Permissions *Permissions `json:"permissions"`
		URN         string       `json:"urn"`
	}
	// Subscription is dbaas.logs.LogSubscription.
	Subscription struct {
		CreatedAt      string `json:"createdAt,omitempty"`
		Kind           string `json:"kind"`
		ServiceName    string `json:"serviceName"` // of the Logs Data Platform
		StreamID       string `json:"streamId"`
		SubscriptionID string `json:"subscriptionId"`
	}
	// LogKind is dbaas.logs.LogKind.
	LogKind struct {
		AdditionalReturnedFields []string `json:"additionalReturnedFields"`
		Name                     string   `json:"name"`
	}
	// Stream is dbaas.logs.Stream.
	Stream struct {
		ClusterID            string   `json:"clusterId"`
		ColdStorageEnabled   bool     `json:"coldStorageEnabled"`
		ColdStorageRetention int      `json:"coldStorageRetention,omitempty"` // years
		EncryptionKeysIDs    []string `json:"encryptionKeysIds"`
		IndexingEnabled      *bool    `json:"indexingEnabled"`
		RetentionID          string   `json:"retentionId,omitempty"`
		StreamID             string   `json:"streamId"`
		Title                string   `json:"title,omitempty"`
	}
	// Retention is dbaas.logs.ClusterRetention.
	Retention struct {
		Duration      string `json:"duration"`
		RetentionID   string `json:"retentionId"`
		RetentionType string `json:"retentionType"`
	}
	// OAuth2Client is oauth2.Client.
	OAuth2Client struct {
		ClientID string `json:"clientId"`
		Flow     string `json:"flow"`
		Identity string `json:"identity,omitempty"`
		Name     string `json:"name,omitempty"`
	}
	// APICredential is api.Credential.
	APICredential struct {
		AllowedIPs    []string `json:"allowedIPs,omitempty"`
		ApplicationID int64    `json:"applicationId"`
		CredentialID  int64    `json:"credentialId"`
		Expiration    string   `json:"expiration,omitempty"`
		Rules         []Rule   `json:"rules"`
		Status        string   `json:"status"`
	}
	// Rule is auth.AccessRule.
	Rule struct {
		Method string `json:"method"`
		Path   string `json:"path"`
	}
	// UserToken is identity.user.Token: how it is called, and not the token.
	UserToken struct {
		ExpiresAt string `json:"expiresAt,omitempty"`
		Name      string `json:"name"`
	}
	// ServiceKey is okms.serviceKey.ResponseWithIAM without what IAM adds.
	ServiceKey struct {
		CreatedAt          string   `json:"createdAt,omitempty"`
		Curve              string   `json:"curve,omitempty"`
		DeactivationReason string   `json:"deactivationReason,omitempty"`
		ID                 string   `json:"id"`
		Name               string   `json:"name,omitempty"`
		Operations         []string `json:"operations,omitempty"`
		ProtectionLevel    string   `json:"protectionLevel,omitempty"`
		Size               int      `json:"size,omitempty"`
		State              string   `json:"state,omitempty"`
		Type               string   `json:"type,omitempty"`
	}
	// Counts are what okms.resource.Response counts. They are kept where a list has less: the identity may not get all.
	Counts struct {
		Keys int `json:"serviceKeyCount"`
	}
	// Credential is okms.credential.GetResponse without the certificate and its private key.
	Credential struct {
		CreatedAt    string   `json:"createdAt,omitempty"`
		ExpiredAt    string   `json:"expiredAt,omitempty"`
		FromCSR      *bool    `json:"fromCSR,omitempty"`
		ID           string   `json:"id"`
		IdentityURNs []string `json:"identityURNs,omitempty"`
		Name         string   `json:"name,omitempty"`
		Status       string   `json:"status,omitempty"`
	}
)
