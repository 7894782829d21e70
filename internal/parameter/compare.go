package parameter

import "slices"

// Compared is one parameter as several profiles give it.
type Compared struct {
	Parameter             // in force when all of the profiles are named
	Each      []OfProfile // the baseline's, then each other profile's, in the order of their names
}

// OfProfile is a parameter as one profile, resolved over the baseline, gives it.
type OfProfile struct {
	Profile string
	Parameter
	InForce bool // no other of the profiles asks for more
}

// Changed reports whether any of the profiles says something else than the baseline.
func (c Compared) Changed() bool {
	return slices.ContainsFunc(c.Each, func(p OfProfile) bool { return p.SetBy != Baseline })
}

// Compare puts profiles beside the baseline, parameter by parameter.
func (s Source) Compare(profiles ...string) ([]Compared, error) {
	together, err := s.Load(profiles...)
	if err != nil {
		return nil, err
	}
	compared := make([]Compared, len(together.all))
	for i, p := range together.all {
		compared[i].Parameter = p
	}
	names := slices.DeleteFunc(slices.Clone(together.Profiles), func(name string) bool { return name == Baseline })
	for _, name := range append([]string{Baseline}, names...) {
		alone, err := s.Load(name)
		if err != nil {
			return nil, err
		}
		named := slices.Contains(together.Profiles, name)
		for i, p := range alone.all {
			compared[i].Each = append(compared[i].Each, OfProfile{name, p, named && p.asks(together.all[i].Value)})
		}
	}
	return compared, nil
}
