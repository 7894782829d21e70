package ovhcloud

import "testing"

// Two logins of a person are one person, and an account of programs tells nobody.
func TestPeople(t *testing.T) {
	f := newFake(t)
	user := func(login, address string) map[string]any {
		f.items["/v1/me/identity/user/"+login+"/token"] = nil
		return map[string]any{"login": login, "email": address, "group": "readers", "status": "OK"}
	}
	f.items["/v1/me/identity/user"] = named("login", user("ines", "ines@arvella.example"), user("adm-ines", "Ines@arvella.example"), user("ci", "ines@arvella.example"))
	if got, want := told(t, whole(t, f.opened(t, byToken)), "people"), `{"people":[{"id":"Ines@arvella.example","logins":["adm-ines","ines"],"addresses":["Ines@arvella.example"]}]}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	f.items["/v1/me/identity/user"] = named("login", user("ci", "ines@arvella.example"))
	for _, part := range whole(t, f.opened(t, byToken)).Parts {
		if part.Section == "people" {
			t.Errorf("programs are people: %v", part.Fields)
		}
	}
}
