package document

import "bytes"

// Head reads no more of a document than the lines from its beginning to the end of the last of these top-level fields. It
// answers nil where they cannot be read so: one of them is not there, or data was cut before its end, or it is written in
// a way that only the whole document explains. What it answers is what the whole document says, if that can be read at
// all: such a beginning ends where a line begins with the next field, and nothing that follows can change a field before it.
func Head(name string, data []byte, limits Limits, fields ...string) *Document {
	missing, end := len(fields), 0
	for line := range bytes.Lines(data) {
		if c := line[0]; c > ' ' && c != '#' && c != '-' {
			if missing == 0 {
				head, err := Parse(name, data[:end], limits)
				if err != nil {
					return nil
				}
				return head.with(fields)
			}
			for _, field := range fields {
				if bytes.HasPrefix(line, []byte(field+":")) {
					missing--
				}
			}
		}
		end += len(line)
	}
	return nil
}

// with answers the document if it has all these fields, else nil.
func (d *Document) with(fields []string) *Document {
	for _, field := range fields {
		if _, ok := d.value[field]; !ok {
			return nil
		}
	}
	return d
}
