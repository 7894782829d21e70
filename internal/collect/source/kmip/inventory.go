package kmip

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ovh/kmip-go"
	"github.com/ovh/kmip-go/payloads"

	"github.com/raci-check/raci-check/internal/collect/httpget"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/kmip"
)

// versions are those that are asked for, the wanted one first: before 1.4 there is no attribute Extractable, before 1.3 no Offset Items.
var versions = []kmip.ProtocolVersion{kmip.V1_4, kmip.V1_3, kmip.V1_2, kmip.V1_1, kmip.V1_0}

// unknown are the reasons by which a server says that it does not know what it was asked.
var unknown = []kmip.ResultReason{kmip.ResultReasonInvalidMessage, kmip.ResultReasonFeatureNotSupported, kmip.ResultReasonInvalidField}

// inventory reads all objects with their attributes.
func (s *session) inventory(ctx context.Context) (*interpret.Inventory, error) {
	version, err := s.agree(ctx)
	if err != nil {
		return nil, err
	}
	inventory := &interpret.Inventory{Version: version.String(), Objects: []interpret.Object{}}
	ids, err := s.locateAll(ctx, version, inventory)
	if err != nil {
		return nil, err
	}
	names := attributesOf(version)
	for len(inventory.Objects) < len(ids) {
		from := len(inventory.Objects)
		described, err := s.describe(ctx, version, ids[from:min(from+s.batch, len(ids))], names)
		if err != nil {
			return nil, err
		}
		inventory.Objects = append(inventory.Objects, described...)
		if len(inventory.Objects)/1000 != from/1000 {
			s.progress(fmt.Sprintf("attributes of %d of %d objects", len(inventory.Objects), len(ids)))
		}
	}
	return inventory, nil
}

// agree settles which version of the protocol is spoken: the highest that both sides know. The question is asked in each version,
// the highest first: a server need not read a version that it does not speak.
func (s *session) agree(ctx context.Context) (kmip.ProtocolVersion, error) {
	s.progress("asking for the version of the protocol")
	for _, version := range versions[:len(versions)-1] { // 1.0 has no such question
		answers, err := s.ask(ctx, version, discover{versions})
		var refused *refusal
		if errors.As(err, &refused) {
			switch {
			case refused.reason == kmip.ResultReasonOperationNotSupported:
				return kmip.V1_0, nil
			case slices.Contains(unknown, refused.reason):
				continue
			}
		}
		if err != nil {
			return version, &questionError{"", "connect to " + s.address, err}
		}
		answer, ok := answers[0].(*payloads.DiscoverVersionsResponsePayload)
		if !ok {
			return version, &questionError{"DiscoverVersions", "ask for the version", errAnswer}
		}
		for _, common := range versions { // a server may name them in any order
			if slices.Contains(answer.ProtocolVersion, common) {
				return common, nil
			}
		}
		return version, &questionError{"DiscoverVersions", "ask for the version", fmt.Errorf("the server speaks no version of KMIP from %s to %s", kmip.V1_0, kmip.V1_4)}
	}
	return kmip.V1_0, nil
}

const locating = "locate the objects"

// locateAll lists the identifiers of all objects, sorted. A list of several answers is asked for twice: the answers are told apart by how many
// objects come before, so that an object which ends meanwhile moves another one to where it is not asked for.
func (s *session) locateAll(ctx context.Context, version kmip.ProtocolVersion, inventory *interpret.Inventory) ([]string, error) {
	ids, answers, err := s.locateOnce(ctx, version, inventory)
	if err != nil || answers < 2 {
		return ids, err
	}
	again, _, err := s.locateOnce(ctx, version, inventory)
	if err == nil && !slices.Equal(ids, again) {
		err = &questionError{"Locate", locating, errors.New("the list is another one when it is asked for again: were objects made or deleted while they were read? Run again")}
	}
	return ids, err
}

// locateOnce lists the identifiers of all objects, sorted, and in how many answers they came.
func (s *session) locateOnce(ctx context.Context, version kmip.ProtocolVersion, inventory *interpret.Inventory) ([]string, int, error) {
	isPaged := version.Minor() >= 3
	all := listing{seen: map[string]bool{}, limits: s.limits}
	filled := 0
	for page := 1; ; page++ {
		query := locate{isOnline: inventory.OnlineOnly}
		if isPaged {
			query.offset, query.most = int32(len(all.ids)), s.page //nolint:gosec // limits.Items is far below
		}
		s.progress(fmt.Sprintf("%s, page %d", locating, page))
		answers, err := s.ask(ctx, version, query)
		var refused *refusal
		if errors.As(err, &refused) && !inventory.OnlineOnly && slices.Contains(unknown, refused.reason) { // it may have no archive
			inventory.OnlineOnly = true
			continue
		}
		number := 0
		if err == nil {
			number, err = all.add(answers[0], query.most)
		}
		isLast := !isPaged || number == 0
		switch {
		case err != nil:
		case !isLast && page >= s.limits.Pages:
			err = fmt.Errorf("another page would follow the %dth: the list has no end", page)
		case isLast && all.located != nil && *all.located != len(all.ids):
			err = fmt.Errorf("the server counts %d objects and lists %d: were objects made or deleted while they were read? Run again", *all.located, len(all.ids))
		}
		if err != nil {
			return nil, 0, &questionError{"Locate", locating, err}
		}
		if number > 0 {
			filled++
		}
		if isLast {
			inventory.Located = all.located
			slices.Sort(all.ids)
			return all.ids, filled, nil
		}
	}
}

// listing is what was listed up to now.
type listing struct {
	ids     []string
	seen    map[string]bool
	limits  httpget.Limits
	located *int // how many there are, as the server said last
}

// add adds an answer of at most so many identifiers, 0 for any number, and answers how many it had.
func (l *listing) add(payload kmip.OperationPayload, most int32) (int, error) {
	answer, ok := payload.(*payloads.LocateResponsePayload)
	if !ok {
		return 0, errAnswer
	}
	number := len(answer.UniqueIdentifier)
	if answer.LocatedItems != nil {
		count := int(*answer.LocatedItems)
		if l.located != nil && *l.located != count {
			return 0, fmt.Errorf("the server counts %d objects, and counted %d before: were objects made or deleted while they were read? Run again", count, *l.located)
		}
		l.located = &count
	}
	switch {
	case most > 0 && number > int(most):
		return 0, fmt.Errorf("the server answers %d objects, and was asked for at most %d", number, most)
	case l.located != nil && *l.located > l.limits.Items: // it is said in the first answer
		return 0, fmt.Errorf("the server counts %d: %w", *l.located, l.limits.TooMany("objects"))
	case len(l.ids)+number > l.limits.Items:
		return 0, l.limits.TooMany("objects")
	}
	for _, id := range answer.UniqueIdentifier {
		if id == "" {
			return 0, errors.New("the server lists an object without an identifier")
		}
		if l.seen[id] {
			return 0, fmt.Errorf("the server lists %s twice: were objects made or deleted while they were read? Run again", id)
		}
		l.seen[id] = true
	}
	l.ids = append(l.ids, answer.UniqueIdentifier...)
	return number, nil
}

// describe reads the attributes of the first of some objects, of as many as the server answers. A server that cannot answer about so many at once is asked about fewer.
func (s *session) describe(ctx context.Context, version kmip.ProtocolVersion, ids []string, names []kmip.AttributeName) ([]interpret.Object, error) {
	questions := make([]question, len(ids))
	for i, id := range ids {
		questions[i] = describe{id, names}
	}
	doing := "read the attributes of " + ids[0]
	if len(ids) > 1 {
		doing = fmt.Sprintf("read the attributes of %d objects from %s on", len(ids), ids[0])
	}
	answers, err := s.ask(ctx, version, questions...)
	var refused *refusal
	if errors.As(err, &refused) && refused.isOfBatch() && len(ids) > 1 {
		s.batch = len(ids) / 2
		return s.describe(ctx, version, ids[:s.batch], names)
	}
	isArchived := errors.As(err, &refused) && refused.reason == kmip.ResultReasonObjectArchived && refused.object == ids[len(answers)]
	if err != nil && !isArchived {
		return nil, &questionError{"GetAttributes", doing, err}
	}
	objects := make([]interpret.Object, len(answers), len(answers)+1)
	for i := range answers {
		id := ids[i]
		answer, ok := answers[i].(*payloads.GetAttributesResponsePayload)
		switch {
		case !ok:
			return nil, &questionError{"GetAttributes", doing, errAnswer}
		case answer.UniqueIdentifier != id:
			return nil, &questionError{"GetAttributes", doing, fmt.Errorf("%w: %s was asked about, and %q is answered", errAnswer, id, answer.UniqueIdentifier)}
		}
		object, err := kept(id, answer.Attribute)
		if err != nil {
			return nil, &questionError{"GetAttributes", doing, fmt.Errorf("%w: %w", errAnswer, err)}
		}
		objects[i] = object
	}
	if isArchived { // its attributes are in the archive, too
		objects = append(objects, interpret.Object{ID: refused.object})
	}
	return objects, nil
}

// attributesOf are the attributes that are asked for. A version before that of an attribute may refuse its name.
func attributesOf(version kmip.ProtocolVersion) []kmip.AttributeName {
	names := []kmip.AttributeName{
		kmip.AttributeNameObjectType, kmip.AttributeNameState, kmip.AttributeNameName, kmip.AttributeNameObjectGroup,
		kmip.AttributeNameCryptographicAlgorithm, kmip.AttributeNameCryptographicLength, kmip.AttributeNameCryptographicUsageMask,
		kmip.AttributeNameInitialDate, kmip.AttributeNameActivationDate, kmip.AttributeNameDeactivationDate, kmip.AttributeNameCompromiseDate,
		kmip.AttributeNameDestroyDate, kmip.AttributeNameArchiveDate, kmip.AttributeNameDigest,
	}
	if version.Minor() >= 2 {
		names = append(names, kmip.AttributeNameOriginalCreationDate)
	}
	if version.Minor() >= 4 {
		names = append(names, kmip.AttributeNameExtractable, kmip.AttributeNameNeverExtractable, kmip.AttributeNameSensitive, kmip.AttributeNameAlwaysSensitive)
	}
	return names
}

// kept is what is kept of the attributes of an object: those that are known, and no other, whatever the server answers.
func kept(id string, attributes []kmip.Attribute) (interpret.Object, error) {
	object := interpret.Object{ID: id}
	seen := map[kmip.AttributeName]bool{}
	var digests []interpret.Digest
	for _, attribute := range attributes {
		switch value := attribute.AttributeValue.(type) {
		case kmip.Name:
			object.Names = append(object.Names, value.NameValue)
		case kmip.Digest:
			digests = append(digests, digest(value))
		default:
			if attribute.AttributeName == kmip.AttributeNameObjectGroup {
				if group, ok := value.(string); ok {
					object.Groups = append(object.Groups, group)
				}
				continue
			}
			if set(&object, attribute) && seen[attribute.AttributeName] {
				return object, fmt.Errorf("the object %s has the attribute %s twice", id, attribute.AttributeName)
			}
			seen[attribute.AttributeName] = true
		}
	}
	if slices.Contains(hashed, object.Type) {
		object.Digests = digests
	}
	slices.Sort(object.Names)
	slices.Sort(object.Groups)
	slices.SortFunc(object.Digests, func(a, b interpret.Digest) int {
		return cmp.Or(cmp.Compare(a.Algorithm, b.Algorithm), cmp.Compare(a.Format, b.Format), cmp.Compare(a.Value, b.Value))
	})
	return object, nil
}

// hashed are the types of objects whose digests are kept: their values are too long to be guessed.
var hashed = []string{"Certificate", "SymmetricKey", "PublicKey", "PrivateKey", "SplitKey", "PGPKey"}

func digest(value kmip.Digest) interpret.Digest {
	converted := interpret.Digest{Algorithm: word(kmip.TagHashingAlgorithm, value.HashingAlgorithm), Value: hex.EncodeToString(value.DigestValue)}
	if value.KeyFormatType != 0 {
		converted.Format = word(kmip.TagKeyFormatType, value.KeyFormatType)
	}
	return converted
}

// set keeps an attribute of which an object has one, and reports whether it is known.
func set(object *interpret.Object, attribute kmip.Attribute) bool {
	switch value := attribute.AttributeValue.(type) {
	case kmip.ObjectType:
		object.Type = word(kmip.TagObjectType, value)
	case kmip.State:
		object.State = word(kmip.TagState, value)
	case kmip.CryptographicAlgorithm:
		object.Algorithm = word(kmip.TagCryptographicAlgorithm, value)
	case kmip.CryptographicUsageMask:
		mask := int32(value)
		object.UsageMask = &mask
	case int32:
		if attribute.AttributeName != kmip.AttributeNameCryptographicLength {
			return false
		}
		object.Length = &value
	case bool:
		field := map[kmip.AttributeName]**bool{
			kmip.AttributeNameExtractable: &object.Extractable, kmip.AttributeNameNeverExtractable: &object.NeverExtractable,
			kmip.AttributeNameSensitive: &object.Sensitive, kmip.AttributeNameAlwaysSensitive: &object.AlwaysSensitive,
		}[attribute.AttributeName]
		if field == nil {
			return false
		}
		*field = &value
	case time.Time:
		field := map[kmip.AttributeName]*string{
			kmip.AttributeNameInitialDate: &object.Created, kmip.AttributeNameActivationDate: &object.Activated,
			kmip.AttributeNameDeactivationDate: &object.Deactivated, kmip.AttributeNameCompromiseDate: &object.Compromised,
			kmip.AttributeNameDestroyDate: &object.Destroyed, kmip.AttributeNameArchiveDate: &object.Archived,
			kmip.AttributeNameOriginalCreationDate: &object.OriginalCreated,
		}[attribute.AttributeName]
		if field == nil {
			return false
		}
		*field = value.UTC().Format(time.RFC3339)
	default:
		return false
	}
	return true
}
