package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/schema"
)

// large is a schema of about 60 kB, shaped like that of the evidence.
func large() []byte {
	var text strings.Builder
	text.WriteString(`{"type":"object","additionalProperties":false,"$defs":{"instant":{"type":"string","format":"date-time"}},"properties":{`)
	for section := range 26 {
		if section > 0 {
			text.WriteString(",")
		}
		fmt.Fprintf(&text, `"section_%d":{"type":"object","additionalProperties":false,"description":"Facts about one subject.","properties":{`, section)
		for field := range 20 {
			if field > 0 {
				text.WriteString(",")
			}
			fmt.Fprintf(&text, `"field_%d":`, field)
			switch field % 4 {
			case 0:
				text.WriteString(`{"type":"string","minLength":1,"description":"What the thing is called where it is used."}`)
			case 1:
				text.WriteString(`{"$ref":"#/$defs/instant","description":"When it was looked at last, as a time."}`)
			case 2:
				text.WriteString(`{"type":"integer","minimum":0,"description":"How long it is kept, in days."}`)
			case 3:
				text.WriteString(`{"type":"array","items":{"type":"object","additionalProperties":false,"properties":{"id":{"type":"string"},"kind":{"enum":["a","b"]}}}}`)
			}
		}
		text.WriteString("}}")
	}
	text.WriteString("}}")
	return []byte(text.String())
}

// evidence is a document of about 2,000 values that fits the large schema.
func evidence() string {
	var text strings.Builder
	for section := range 26 {
		fmt.Fprintf(&text, "section_%d:\n", section)
		for field := range 20 {
			fmt.Fprintf(&text, "  field_%d: %s\n", field, []string{
				"payments", "2026-11-18T09:00:00Z", "30", "[{id: k1, kind: a}, {id: k2, kind: b}, {id: k3, kind: a}, {id: k4, kind: b}]",
			}[field%4])
		}
	}
	return text.String()
}

func BenchmarkCompile(b *testing.B) {
	raw := large()
	b.ReportMetric(float64(len(raw)), "bytes")
	for b.Loop() {
		if _, err := schema.Compile("large", raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	raw := large()
	for b.Loop() {
		if err := schema.Verify("large", raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	data := []byte(evidence())
	for b.Loop() {
		if _, err := document.Parse("f.yaml", data, document.DefaultLimits); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	form, doc := compile(b, string(large())), read(b, evidence())
	for b.Loop() {
		if err := form.Validate(doc); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidateErrors(b *testing.B) {
	form, doc := compile(b, string(large())), read(b, strings.ReplaceAll(evidence(), "kind: b", "knd: b"))
	for b.Loop() {
		if err := form.Validate(doc); err == nil {
			b.Fatal("accepted")
		}
	}
}
