package parameter

import (
	"encoding/json"

	"raci-check/internal/rego/pack"
)

// Encode writes the baseline in the form that Decode reads, faster than YAML.
func (s Source) Encode() ([]byte, error) {
	baseline, err := s.baseline()
	if err != nil {
		return nil, err
	}
	out := pack.AppendNumber(nil, len(baseline))
	for _, p := range baseline {
		for _, text := range p.texts() {
			out = pack.AppendText(out, *text)
		}
		out = pack.AppendNumber(out, p.Line)
		number, _ := p.Value.(json.Number)
		out = pack.AppendText(out, number.String())
		var list []string
		items, _ := p.Value.([]any)
		for _, item := range items {
			text, _ := item.(string)
			list = append(list, text)
		}
		out = pack.AppendTexts(out, list)
	}
	return out, nil
}

// Decode reads a baseline that Encode wrote. The data is a part of this program: nothing in it is verified.
func Decode(data string) []Parameter {
	r := pack.Reader(data)
	baseline := make([]Parameter, r.Number())
	for i := range baseline {
		p := &baseline[i]
		for _, text := range p.texts() {
			*text = r.Text()
		}
		p.Line = r.Number()
		number, list := r.Text(), r.Texts()
		if p.Value = json.Number(number); number == "" {
			items := make([]any, len(list))
			for k, item := range list {
				items[k] = item
			}
			p.Value = items
		}
		p.Default, p.SetBy = p.Value, Baseline
	}
	return baseline
}

// texts are the fields of the baseline's parameters that are texts, in the order in which they are written.
func (p *Parameter) texts() []*string {
	return []*string{&p.Name, &p.Description, &p.Unit, (*string)(&p.Stricter), &p.Source, &p.File}
}
