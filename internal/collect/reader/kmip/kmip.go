// Package kmip reads facts from the inventory of KMIP objects that the source kmip keeps: what Locate and Get Attributes answered,
// in a form of our own. What attributes mean is in the KMIP specification, version 1.4 (OASIS), section 3. It opens no connection.
package kmip

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/collect/reader"
	"github.com/raci-check/raci-check/internal/collect/vocabulary"
)

// Section is the section of evidence that the inventory is about.
const Section = "kmip"

const list = "/kmip/objects/*"

// Fills are the fields of evidence that the inventory can tell.
var Fills = []string{
	"/kmip/object_count",
	list + "/id", list + "/type", list + "/state", list + "/created_at", list + "/deactivated_at", list + "/extractable",
	list + "/deactivation_on",
}

// Reader reads the answers of the source kmip.
var Reader = reader.Reader{Name: "kmip", Service: true, Read: read}

// Inventory is what is kept of the answers of a KMIP server. No key material, no custom attribute and no text that people write
// about an object is in it. Fields are in the order of their names, as raw answers are kept.
type Inventory struct {
	// Located is how many objects the server says that there are; nil where it does not say so, as none does before KMIP 1.3.
	Located *int `json:"located,omitempty"`
	// Objects are in the order of their identifiers.
	Objects []Object `json:"objects"`
	// OnlineOnly says that the server was not asked for objects in its archive, because it knows no archive or does not say.
	OnlineOnly bool `json:"online_only,omitempty"`
	// Version is that of the protocol, such as 1.4.
	Version string `json:"version"`
}

// Object is a managed object. Enumerations are those of the specification without spaces, such as SymmetricKey; dates are
// RFC 3339 in UTC. What the server did not return is left out.
type Object struct {
	Activated        string   `json:"activation_date,omitempty"`
	Algorithm        string   `json:"algorithm,omitempty"`
	AlwaysSensitive  *bool    `json:"always_sensitive,omitempty"`
	Archived         string   `json:"archive_date,omitempty"`
	Compromised      string   `json:"compromise_date,omitempty"`
	Deactivated      string   `json:"deactivation_date,omitempty"`
	Destroyed        string   `json:"destroy_date,omitempty"`
	Digests          []Digest `json:"digests,omitempty"` // of keys and certificates alone: that of a password could be guessed from
	Extractable      *bool    `json:"extractable,omitempty"`
	Groups           []string `json:"groups,omitempty"`
	ID               string   `json:"id"`
	Created          string   `json:"initial_date,omitempty"`
	Length           *int32   `json:"length,omitempty"` // in bits
	Names            []string `json:"names,omitempty"`
	NeverExtractable *bool    `json:"never_extractable,omitempty"`
	OriginalCreated  string   `json:"original_creation_date,omitempty"`
	Sensitive        *bool    `json:"sensitive,omitempty"`
	State            string   `json:"state,omitempty"`
	Type             string   `json:"type,omitempty"`
	UsageMask        *int32   `json:"usage_mask,omitempty"` // 0 says that nothing is allowed, and is not the same as none
}

// Digest is a hash of an object's value.
type Digest struct {
	Algorithm string `json:"algorithm"`
	Format    string `json:"key_format,omitempty"`
	Value     string `json:"value"` // in hexadecimal digits
}

// facts are what evidence has of an object.
type facts struct {
	ID            string `json:"id"`
	Type          string `json:"type,omitempty"`
	State         string `json:"state,omitempty"`
	Created       string `json:"created_at,omitempty"`
	Deactivated   string `json:"deactivated_at,omitempty"`
	Extractable   *bool  `json:"extractable,omitempty"`
	DeactivatesOn string `json:"deactivation_on,omitempty"`
}

// doubt says why the list may not be whole; empty where it is. Before KMIP 1.3, which has Offset Items, a server may answer fewer
// objects than there are, and does not say so.
func (i Inventory) doubt() string {
	major, minor, _ := strings.Cut(i.Version, ".")
	second, err := strconv.Atoi(minor)
	switch {
	case major != "1" || err != nil || second < 3:
		return "KMIP " + i.Version + " cannot ask for the objects behind the first answer, so nobody knows whether the list is whole"
	case i.OnlineOnly:
		return "the server does not answer which objects are in its archive, so nobody knows whether the list is whole"
	}
	return ""
}

// read reads the inventory, which is one answer. How many objects there are is a fact only where the list is known to be whole.
func read(request reader.Request) (reader.Part, error) {
	if request.Section != Section {
		return reader.Part{}, fmt.Errorf("KMIP tells nothing of the section %s", request.Section)
	}
	if len(request.Answers) != 1 {
		return reader.Part{}, fmt.Errorf("expected is 1 answer, there are %d", len(request.Answers))
	}
	answer := request.Answers[0]
	inventory, err := reader.Decode[Inventory](answer)
	if err != nil {
		return reader.Part{}, err
	}
	words := vocabulary.New(request.Form, Fills)
	objects := make([]facts, len(inventory.Objects))
	origins := reader.Origins{}
	for i, object := range inventory.Objects {
		objects[i] = object.facts(words, request.At)
		origins.Add("/objects/"+strconv.Itoa(i), answer.At("objects", strconv.Itoa(i)))
	}
	part := reader.Part{Section: Section, Fields: map[string]any{"objects": objects}, Answers: request.Answers, Origins: origins}
	if doubt := inventory.doubt(); doubt == "" {
		part.Fields["object_count"] = len(objects)
		origins.Add("/object_count", answer.At("objects"))
	} else {
		part.Notes = append(part.Notes, "/kmip/object_count is left out: "+doubt)
	}
	part.Notes = append(part.Notes, words.Notes()...)
	return part, nil
}

func (o Object) facts(words *vocabulary.Words, at time.Time) facts {
	fields := facts{
		ID:          o.ID,
		Type:        words.One(list+"/type", o.ID, o.Type),
		State:       words.One(list+"/state", o.ID, o.State),
		Created:     words.Instant(list+"/created_at", o.ID, o.Created),
		Extractable: o.Extractable,
	}
	end := words.Instant(list+"/deactivated_at", o.ID, o.Deactivated)
	ends, err := time.Parse(time.RFC3339, end)
	if err != nil {
		return fields // none is set
	}
	// The attribute is a plan while the object is in use, and says what happened once it is out of use.
	switch fields.State {
	case "PreActive", "Active":
		fields.DeactivatesOn = ends.Format(time.DateOnly)
	case "":
	default:
		if ends.After(at) {
			words.LeaveOut(list+"/deactivated_at", o.ID, o.Deactivated)
			break
		}
		fields.Deactivated = end
	}
	return fields
}
