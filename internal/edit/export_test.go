package edit

// Value is a section, metadata or not_applicable as the files have it now; Absent where it is not there. It is not to be changed.
func (d *Desk) Value(section string) (any, error) {
	f, err := d.read()
	if err != nil {
		return nil, err
	}
	s, err := f.section(section)
	if err != nil || len(s.parts) == 0 {
		return Absent, err
	}
	return s.whole(), nil
}

// Files are the names, below the folder, of the files that have a section; none where it is not there.
func (d *Desk) Files(section string) ([]string, error) {
	f, err := d.read()
	if err != nil {
		return nil, err
	}
	s, err := f.section(section)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, part := range s.parts {
		names = append(names, part.name)
	}
	return names, nil
}
