package vocabulary

import "slices"

// Key is what evidence has of a service key, of which each API tells a part.
type Key struct {
	ID          string   `json:"id"`
	Name        string   `json:"name,omitempty"`
	Type        string   `json:"type,omitempty"`
	Size        int      `json:"size,omitempty"`
	Curve       string   `json:"curve,omitempty"`
	Class       string   `json:"class,omitempty"`
	Operations  []string `json:"operations,omitempty"`
	Protection  string   `json:"protection_level,omitempty"`
	Extractable *bool    `json:"extractable,omitempty"`
	NeverWas    *bool    `json:"never_extractable,omitempty"`
	Origin      string   `json:"origin,omitempty"`
	State       string   `json:"state,omitempty"`
	Created     string   `json:"created_at,omitempty"`
	Activated   string   `json:"activated_at,omitempty"`
	Deactivated string   `json:"deactivated_at,omitempty"`
	Compromised string   `json:"compromised_at,omitempty"`
	Reason      string   `json:"deactivation_reason,omitempty"`
}

// Keys is where the keys stand in evidence.
const Keys = "/keys/service_keys/*"

// Key is a key with what evidence has words for: type, curve and operations.
func (w *Words) Key(key Key) Key {
	key.Type = w.One(Keys+"/type", key.ID, key.Type)
	key.Curve = w.One(Keys+"/curve", key.ID, key.Curve)
	unknown := func(operation string) bool { return !slices.Contains(w.Of(Keys+"/operations"), operation) }
	if slices.ContainsFunc(key.Operations, unknown) { // a part of them would make the key look weaker
		w.LeaveOut(Keys+"/operations", key.ID, key.Operations)
		key.Operations = nil
	}
	return key
}
