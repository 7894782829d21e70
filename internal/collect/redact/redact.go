// Package redact takes secrets out of the answers of sources, by the names of their fields.
package redact

import "strings"

// Mark stands in artifacts where a secret was.
const Mark = "[redacted]"

// secretNames are parts of the names of fields that hold secrets, in letters only.
var secretNames = []string{
	"privatekey", "password", "passphrase", "clientsecret", "applicationsecret", "consumerkey", "accesstoken",
	"refreshtoken", "bearer", "authorization", "secretkey", "credentialsecret", "apikey", "secretdata",
}

// secretExact are names of fields that are secret only as they are; as a part, other names hold them too.
var secretExact = []string{"token", "writetoken", "secret", "data", "plaintext", "k", "d", "p", "q", "dp", "dq", "qi"}

// harmless are names that hold a secret name and no secret.
var harmless = []string{"passwordlastupdate", "passwordlastupdated", "passwordlastchanged", "passwordlastchangedat", "passwordlastchangedon", "passwordchangedat"}

// Secret reports whether a field of this name holds a secret, such as private_key_pem, clientSecret or the private parts of
// a JWK (RFC 7518). It errs on the side of silence.
func Secret(name string) bool {
	letters := strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' || r == '.' {
			return -1
		}
		return r
	}, strings.ToLower(name))
	for _, known := range harmless {
		if letters == known {
			return false
		}
	}
	for _, known := range secretExact {
		if letters == known {
			return true
		}
	}
	for _, known := range secretNames {
		if strings.Contains(letters, known) {
			return true
		}
	}
	return false
}

// Value is a copy of a JSON value in which Mark stands for all that is in fields whose name is Secret.
func Value(value any) any {
	switch v := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(v))
		for name, below := range v {
			if Secret(name) {
				copied[name] = Mark
				continue
			}
			copied[name] = Value(below)
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i, below := range v {
			copied[i] = Value(below)
		}
		return copied
	default:
		return v
	}
}
