package artifact

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// smallAnswer is how long the answer of an interface may be that is an error, in bytes.
const smallAnswer = 16 << 10

// inspectAnswers looks at a text that may be the answer of an interface.
func inspectAnswers(text []byte) *Problem {
	if len(text) > smallAnswer {
		return nil
	}
	values, _, err := valuesIn(text)
	if err != nil || len(values) == 0 {
		return nil
	}
	for _, value := range values {
		if !isError(value) {
			return nil
		}
	}
	return nothing(errorAnswer)
}

// words are the fields of an answer that say what went wrong, and where and when. An answer with any other field tells
// something else too.
var words = fieldNames(`error errors message messages msg class code status statuscode statustext httpcode httpstatus errorcode errorid
	errormessage errordescription errordetails errortype erroruri requestid queryid traceid correlationid activityid date time timestamp path title type detail details
	instance reason description documentationurl helpurl help doc docs info success ok fault innererror result data body response warnings
	kind apiversion metadata extra hint method url exception trace stack cause service version name args
	jsonrpc jsonapi id responsemetadata errorsummary errorlink errorcauses neutronerror faultcode faultstring faultactor`)

// telling are those that only an error has, where they are not empty.
var telling = fieldNames(`error errors errorcode errorid errormessage errordescription errorsummary neutronerror faultstring fault`)

// aside are those that say which request it was.
var aside = fieldNames(`requestid queryid traceid correlationid activityid date time timestamp path instance documentationurl helpurl help doc docs jsonrpc jsonapi id responsemetadata`)

// wrapping are those that have the answer itself; some interfaces name it by the error.
var wrapping = fieldNames(`error errors data body response result fault envelope
	unauthorized forbidden badrequest itemnotfound notfound overlimit conflictingrequest computefault servererror serviceunavailable`)

func fieldNames(list string) map[string]bool {
	names := map[string]bool{}
	for name := range strings.FieldsSeq(list) {
		names[name] = true
	}
	return names
}

// folded is the name of a field as words has it: interfaces write error_code, errorCode and error-code.
func folded(name string) string { return joints.Replace(strings.ToLower(name)) }

// joints are what words of a name are joined by.
var joints = strings.NewReplacer("_", "", "-", "", " ", "", "@", "")

// isError reports whether an answer says nothing but that something went wrong.
func isError(value json.RawMessage) bool {
	var list []json.RawMessage
	if json.Unmarshal(value, &list) == nil {
		if len(list) != 1 { // a list of more may be one of events
			return false
		}
		return isError(list[0])
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(value, &fields) != nil || len(fields) == 0 {
		return false
	}
	failed, refused, more := false, false, false
	for name, below := range fields {
		name = folded(name)
		switch {
		case vacant(below) && name != "success" && name != "ok" && name != "status":
			continue
		case wrapping[name] && isError(below):
			failed = true
			continue
		case !words[name] || lists(below) && !telling[name] && !aside[name] && name != "details" && name != "detail" && name != "messages" && name != "args":
			return false
		}
		failed = failed || telling[name] || failure(name, below)
		says := refuses(below)
		refused, more = refused || says, more || !says && !aside[name]
	}
	return failed || refused && !more
}

// lists reports whether a value has something below it.
func lists(value json.RawMessage) bool { return value[0] == '{' || value[0] == '[' }

// failure reports whether a field that every answer may have says that the answer is an error.
func failure(name string, value json.RawMessage) bool {
	text := strings.Trim(string(value), `"`)
	switch name {
	case "success", "ok":
		return text == "false"
	case "class":
		return strings.HasPrefix(text, "Client::") || strings.HasPrefix(text, "Server::")
	case "type":
		return strings.HasSuffix(text, "Exception") || strings.HasSuffix(text, "Error") || strings.Contains(text, "problem") || strings.HasPrefix(text, "denied_")
	case "code", "status", "statuscode", "httpcode", "httpstatus", "statustext":
		number, _, _ := strings.Cut(text, " ")
		code, err := strconv.Atoi(number)
		switch strings.ToLower(text) {
		case "error", "failure", "unauthorized", "forbidden", "not_found", "notfound", "unauthenticated", "permission_denied":
			return true
		}
		return err == nil && code >= 400 && code < 600
	}
	return false
}

// refuses reports whether a value is the message of an interface that does not say more: one of errorWords, or how else they
// speak of a caller that they do not let in.
func refuses(value json.RawMessage) bool {
	text := strings.Trim(strings.ToLower(string(value)), `". `)
	if value[0] != '"' || len(text) > maxMessage {
		return false
	}
	return saysError(text) || slices.ContainsFunc(refusals, func(start string) bool { return strings.HasPrefix(text, start) })
}

// refusals begin such messages.
var refusals = []string{
	"unauthorized", "you are not authorized", "you are not authenticated", "not authorized to", "missing authentication token", "invalid credential", "invalid signature", "invalid api key",
	"bad credentials", "authentication failed", "this credential ", "this call has not been granted", "this application key ", "not logged in", "token expired", "token is expired", "token invalid", "token is invalid",
	"the token is ", "the token has expired", "jwt expired", "internal error", "an error occurred",
	"this service does not exist", "this service is expired", "the requested object ", "got an invalid ", "invalid application key", "query out of time",
}

// vacant reports whether a value shows nothing: null, no text, zero, false, and collections of such.
func vacant(value json.RawMessage) bool {
	switch value[0] {
	case 'n', 'f':
		return true
	case '"':
		return len(strings.TrimSpace(string(value[1:len(value)-1]))) == 0
	case '[':
		var list []json.RawMessage
		if len(value) > smallText || json.Unmarshal(value, &list) != nil {
			return false
		}
		for _, item := range list {
			if !vacant(item) {
				return false
			}
		}
		return true
	case '{':
		var fields map[string]json.RawMessage
		if len(value) > smallText || json.Unmarshal(value, &fields) != nil {
			return false
		}
		for _, below := range fields {
			if !vacant(below) {
				return false
			}
		}
		return true
	}
	number, err := strconv.ParseFloat(string(value), 64)
	return err == nil && number == 0
}

// kept is what collect keeps of a section.
type kept struct {
	Version int              `json:"version"`
	Service *string          `json:"service"`
	Section *string          `json:"section"`
	Facts   *json.RawMessage `json:"facts"`
	Answers []struct {
		Body json.RawMessage `json:"body"`
	} `json:"answers"`
}

// keptOf reads what collect keeps; nil for any other file.
func keptOf(values []json.RawMessage) *kept {
	var k kept
	if len(values) != 1 || values[0][0] != '{' || json.Unmarshal(values[0], &k) != nil || k.Service == nil || k.Section == nil || k.Facts == nil {
		return nil
	}
	return &k
}

// readVersion is the first version of what collect keeps whose answers can be read again. With those, collect names the readers:
// who takes them away wants nobody to compare.
const readVersion = 2

// inspectKept compares what collect keeps with what names it.
func inspectKept(file File, k kept) *Problem {
	switch {
	case file.Service != "" && !strings.EqualFold(*k.Service, file.Service):
		return contradiction("collect wrote it for another service")
	case file.Section != "" && *k.Section != file.Section:
		return contradiction("collect wrote it for another section")
	case vacant(*k.Facts) && file.Populous():
		return nothing("it is an empty list, and the evidence lists more")
	}
	if file.Section != "" && !file.Read && k.Version >= readVersion && len(k.Answers) > 0 {
		return nothing("collect keeps raw answers in it, and the reference names nothing that reads them (derivation)")
	}
	for _, answer := range k.Answers {
		if len(answer.Body) > 0 && len(answer.Body) <= smallAnswer && isError(answer.Body) {
			return nothing("an answer in it is the error answer of an interface")
		}
	}
	return nil
}
