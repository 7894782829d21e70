package ovhcloud

import "testing"

// A user is a person where its login is its address. A program has the address of somebody responsible, or a mailbox of a role.
func TestPersons(t *testing.T) {
	for name, test := range map[string]struct {
		login, address string
		person         bool
	}{
		"the local part":                  {"ines.benali", "ines.benali@arvella.example", true},
		"in other letters":                {" Ines.Benali", "ines.benali@Arvella.example", true},
		"the whole address":               {"ines@arvella.example", "ines@arvella.example", true},
		"an account for administration":   {"adm-ines.benali", "ines.benali@arvella.example", true},
		"the same, marked at its end":     {"ines.benali.admin", "ines.benali@arvella.example", true},
		"an address elsewhere":            {"ines@arvella.example", "ines@other.example", false},
		"a program of somebody":           {"ci-terraform", "tomas.novak@arvella.example", false},
		"a program that somebody lent it": {"backup-ines", "ines@arvella.example", false},
		"a mailbox of a role":             {"ops", "ops@arvella.example", false},
		"its account for administration":  {"adm-ops", "ops@arvella.example", false},
		"no address":                      {"ines", "", false},
		"no mailbox":                      {"", "@arvella.example", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := isPerson(user{Login: test.login, Email: test.address}); got != test.person {
				t.Errorf("%q with %q: a person is %t", test.login, test.address, got)
			}
		})
	}
}

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
