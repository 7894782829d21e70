package artifact_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/raci-check/raci-check/internal/artifact"
	"github.com/raci-check/raci-check/internal/placeholder"
	"github.com/raci-check/raci-check/internal/verdict"
)

const (
	png  = "\x89PNG\r\n\x1a\n"
	page = "<!DOCTYPE html>\n<html><head><title>%</title></head><body>x</body></html>"
)

func zipped(t *testing.T, files map[string]string) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range files {
		file, err := w.Create(name)
		if err == nil {
			_, err = file.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func gzipped(t *testing.T, content string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func wide(order binary.AppendByteOrder, text string) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, unit)
	}
	return string(out)
}

func titled(title string) string { return strings.Replace(page, "%", title, 1) }

// inspected is a file of a section that lists something, unless the method says otherwise.
func inspected(t *testing.T, name, content, method string) *artifact.Problem {
	t.Helper()
	list, err := placeholder.New(map[string]any{"placeholders": []any{"tbd", "to be done"}})
	if err != nil {
		t.Fatal(err)
	}
	populous := !strings.HasPrefix(method, "empty ")
	return artifact.Inspect(artifact.File{
		Path: "exports/" + name, Content: []byte(content), Whole: true, Service: "s1", Section: "keys", Method: strings.TrimPrefix(method, "empty "),
		Populous: func() bool { return populous }, Placeholders: list,
	})
}

func TestFilesThatShowNothing(t *testing.T) {
	for _, test := range []struct{ name, content, says string }{
		{"a.txt", "", "it is empty"},
		{"a.json", "", "it is empty"},
		{"a.pdf", "", "it is empty"},
		{"a.bin", "", "it is empty"},
		{"a", "", "it is empty"},
		{"a.json", " \r\n\t\n", "only white space"},
		{"a.csv", "\ufeff\n", "only white space"},
		{"a.tar", strings.Repeat("\x00", 10240), "only white space"},
		{"a.txt", "\xff\xfe" + wide(binary.LittleEndian, " \r\n"), "only white space"},
		{"a.pdf", "\n\n", "only white space"},
		{"a.json", "[]", "it is an empty list"},
		{"a.json", "null\n", "it is an empty list"},
		{"a.json", `{"items": [], "total": 0, "next": null, "more": false, "cursor": " ", "of": {}}`, "it is an empty list"},
		{"a.ndjson", "{}\n{}\n", "it is an empty list"},
		{"a.csv", "login,status,last login\n", "a header and no row"},
		{"a.csv", "\"id\";\"name\"\r\n\r\n", "a header and no row"},
		{"a.yaml", "# nothing yet\n", "no fields and no list"},
		{"a.yaml", "Forbidden", "no fields and no list"},
		{"a.txt", " TBD\n", "a placeholder"},
		{"a.md", "to be done", "a placeholder"},
		{"a.json", `{"class":"Client::Forbidden","message":"This call has not been granted"}`, "error answer"},
		{"a.json", `{"message": "This credential is not valid", "errorCode": "INVALID_CREDENTIAL", "httpCode": "403 Forbidden"}`, "error answer"},
		{"a.json", `{"error": "unauthorized"}`, "error answer"},
		{"a.json", `{"error":"invalid_token","error_description":"The token expired","error_uri":null}`, "error answer"},
		{"a.json", `{"error":{"code":"InvalidAuthenticationToken","message":"Access token is empty.","innerError":{"date":"2026-11-18"}}}`, "error answer"},
		{"a.json", `{"errors":["permission denied"]}`, "error answer"},
		{"a.json", `{"errors":[{"message":"Field x"}],"data":null}`, "error answer"},
		{"a.json", `{"error_code":17125377,"error_id":"EP","errors":["unauthorized"],"request_id":"a1"}`, "error answer"},
		{"a.json", `[{"errorCode":"INVALID_SESSION_ID","message":"Session expired"}]`, "error answer"},
		{"a.json", `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"nodes is forbidden","reason":"Forbidden","code":403}`, "error answer"},
		{"a.json", `{"timestamp":"2026-11-18T07:00:00Z","status":401,"error":"Unauthorized","path":"/v1"}`, "error answer"},
		{"a.json", `{"type":"about:blank","title":"Not Found","status":404,"detail":"no such domain"}`, "error answer"},
		{"a.json", `{"statusCode":500,"message":"Internal server error"}`, "error answer"},
		{"a.json", `{"message":"Unauthorized"}`, "error answer"},
		{"a.json", `{"detail":"Not found."}`, "error answer"},
		{"a.json", `{"success":false,"messages":["x"],"result":null}`, "error answer"},
		{"a.json", `{"__type":"AccessDeniedException","Message":"no"}`, "error answer"},
		{"a.json", `{"data":{"error":"forbidden"}}`, "error answer"},
		{"a.json", `{"itemNotFound":{"message":"no such domain","code":404}}`, "error answer"},
		{"a.json", `{"NeutronError":{"type":"NotAuthorized","message":"no","detail":""}}`, "error answer"},
		{"a.json", `{"Error":{"Code":"AccessDenied","Message":"Access Denied"},"ResponseMetadata":{"RequestId":"x","HTTPStatusCode":403}}`, "error answer"},
		{"a.json", `{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"denied"}}`, "error answer"},
		{"a.json", `{"jsonapi":{"version":"1.0"},"errors":[{"status":"403","title":"Forbidden"}]}`, "error answer"},
		{"a.json", `{"errorCode":"E0000011","errorSummary":"Invalid token provided","errorLink":"E0000011","errorId":"x","errorCauses":[]}`, "error answer"},
		{"a.json", `{"message":"authentication is denied","type":"denied_authentication","method":"api_key","reason":"not_found"}`, "error answer"},
		{"a.json", `{"message":"This service does not exist"}`, "error answer"},
		{"a.txt", "\nAn error occurred (AccessDenied) when calling the ListUsers operation: no", "message of an error"},
		{"a", titled("502 Bad Gateway"), "the page of an error"},
		{"a.txt", `{"error": "unauthorized"}`, "error answer"},
		{"a.csv", `{"error": "unauthorized"}`, "error answer"},
		{"a", `{"error": "unauthorized"}`, "error answer"},
		{"a.ndjson", "{\"error\":\"a\"}\n{\"error\":\"b\"}\n", "error answer"},
		{"a.xml", "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>", "error answer"},
		{"a.xml", `<soap:Envelope xmlns:soap="x"><soap:Body><soap:Fault>x</soap:Fault></soap:Body></soap:Envelope>`, "error answer"},
		{"a.html", "<html><form><input name=p type=\"password\"></form></html>", "asks for a password"},
		{"a.html", titled("403 Forbidden"), "the page of an error"},
		{"a.html", titled("Sign in to Keycloak"), "the page of an error"},
		{"a.htm", titled("Error 502"), "the page of an error"},
		{"a.txt", "404 page not found", "message of an error"},
		{"a.txt", "curl: (6) Could not resolve host: kms.example", "message of an error"},
		{"a.log", "HTTP/1.1 403 Forbidden\r\nServer: x\r\nDate: y\r\nA: b\r\n\r\n{}", "message of an error"},
		{"a.txt", "Access denied.\n", "message of an error"},
		{"a.txt", "bash: okms: command not found", "message of an error"},
		{"a.csv", "fatal: not a repository", "message of an error"},
		{"a.json", `{"service":"s1","section":"keys","facts":{"key_count":0,"keys":[]}}`, "it is an empty list"},
		{"a.json", `{"version":2,"service":"s1","section":"keys","facts":{"key_count":1},"answers":[{"source":"okms","origin":"x","body":[{"id":1}]}]}`, "names nothing that reads them"},
		{"a.json", `{"service":"s1","section":"keys","facts":{"key_count":1},"answers":[{"source":"okms","origin":"x","body":{"error":"forbidden"}}]}`, "an answer in it is the error answer"},
		{"a.zip", zipped(t, nil), "an archive without content"},
		{"a.zip", zipped(t, map[string]string{"a.txt": "", "b.txt": ""}), "an archive without content"},
		{"a.zip", zipped(t, map[string]string{"a.txt": " \n"}), "of the file in it: it holds only white space"},
		{"a.json.gz", gzipped(t, ""), "of the file in it: it is empty"},
		{"a.json.gz", gzipped(t, `{"error":"forbidden"}`), "of the file in it: it is the error answer"},
		{"a.tgz", gzipped(t, strings.Repeat("\x00", 1024)), "of the file in it: it holds only white space"},
		{"a.png", png, "no content"},
		{"a.jpg", "\xff\xd8\xff\xe0", "no content"},
		{"a.pdf", "%PDF-1.7\n%%EOF\n", "no content"},
	} {
		problem := inspected(t, test.name, test.content, "api")
		if problem == nil || problem.Status != verdict.Missing || !strings.Contains(problem.Message, test.says) {
			t.Errorf("%s %.60q: %+v does not say %q", test.name, test.content, problem, test.says)
		}
	}
}

func TestFilesThatTheirNamesContradict(t *testing.T) {
	book := zipped(t, map[string]string{"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"})
	for _, test := range []struct{ name, content, says string }{
		{"a.json", "{\"keys\": [\n1,\n}", "no JSON (line 3)"},
		{"a.json", "id: 7\nname: x\n", "no JSON (line 1)"},
		{"a.json", "{\"keys\": [1, 2", "no JSON"},
		{"a.json", titled("Welcome"), "an HTML page, not JSON"},
		{"a.json", "<!-- cached --><html></html>", "an HTML page, not JSON"},
		{"a.json", `"all keys are active"`, "a mere text"},
		{"a.json", "HTTP/2 200\r\n\r\n{\"a\": 1}", "no JSON"},
		{"a.json", gzipped(t, "{}"), "gzip data, not JSON"},
		{"a.csv", titled("Welcome"), "an HTML page, not CSV"},
		{"a.csv", book, "a ZIP archive, not CSV"},
		{"a.csv", `[{"login": "ada"}]`, "JSON, not CSV"},
		{"a.csv", "login,note\nada,\"not closed\nbob,x\n", "a quoted field does not end"},
		{"a.csv", "a,b\x00\x01\x02,c\n", "binary data, not CSV"},
		{"a.yaml", "a: [1, 2\nb: }", "no YAML"},
		{"a.yml", titled("Welcome"), "an HTML page, not YAML"},
		{"a.xml", "name: x", "does not begin as XML"},
		{"a.xml", titled(""), ""},
		{"a.txt", "%PDF-1.7\n1 0 obj\n", "a PDF, not text"},
		{"a.log", titled("Welcome"), "an HTML page, not text"},
		{"a.html", "all is well", "no HTML page"},
		{"a.pdf", "All backups were restored.\n", "does not begin as a PDF"},
		{"a.pdf", titled("Welcome"), "an HTML page, not a PDF"},
		{"a.png", "screenshot", "does not begin as an image"},
		{"a.jpg", png + strings.Repeat("x", 200), "does not begin as an image"},
		{"a.png", png + strings.Repeat("x", 200), "an image, which no interface answers"},
		{"a", titled("Welcome"), "an HTML page, which no interface answers"},
		{"a.zip", "keys", "does not begin as a ZIP archive"},
		{"a.zip", zipped(t, map[string]string{"a": "text"})[:60], "cannot be read as a ZIP archive"},
		{"a.zip", zipped(t, map[string]string{"keys.json": "no JSON"}), "of the file in it: it is no JSON"},
		{"a.gz", "keys", "does not begin as gzip data"},
		{"a.gz", "\x1f\x8b\x00", "cannot be read as gzip data"},
		{"a.json.gz", gzipped(t, strings.Repeat(`{"a": 1}`, 50))[:30], "what is packed in it cannot be read"},
		{"a.xlsx", "login;status\nada;enabled\n", "does not begin as an office document"},
		{"a.xlsx", zipped(t, map[string]string{"keys.json": "[1]"}), "a ZIP archive, not an office document"},
		{"a.docx", book, "a ZIP archive, not an office document"},
		{"a.xz", "keys", "does not begin as xz data"},
		{"a.txt", "# keys\napi_version: raci-check/v1\nkind: Evidence\nkeys: {}\n", "it is evidence itself"},
		{"a.json", `{"api_version": "raci-check/v1", "kind": "Evidence", "keys": {}}`, "it is evidence itself"},
		{"a.txt", strings.Repeat("# not yet read\n", 500) + "\napi_version: raci-check/v1\nkind: Evidence\nkeys: {}\n", "it is evidence itself"},
		{"a.yaml", "api_version: raci-check/v1\nkind: Mapping\ninput: {format: yaml}\n", "how evidence is read or judged"},
		{"a.json", `{"service":"s2","section":"keys","facts":{"key_count":1}}`, "for another service"},
		{"a.json", `{"service":"s1","section":"backups","facts":{"job_count":1}}`, "for another section"},
	} {
		problem := inspected(t, test.name, test.content, "api")
		if test.says == "" {
			continue
		}
		if problem == nil || problem.Status != verdict.Fail || !strings.Contains(problem.Message, test.says) {
			t.Errorf("%s %.60q: %+v does not say %q", test.name, test.content, problem, test.says)
		}
	}
}

func TestHonestFiles(t *testing.T) {
	for _, test := range []struct{ name, content, method string }{
		{"a.json", "[]", "empty api"},
		{"a.json", "null", "empty api"},
		{"a.json", `{"items":[],"total":0}`, "empty export"},
		{"a.csv", "id,name\n", "empty api"},
		{"a.yaml", "[]\n", "empty export"},
		{"a.json", `[{"id": 1}]`, "api"},
		{"a.json", "\ufeff{\"id\": 1}", "api"},
		{"a.json", "\xff\xfe" + wide(binary.LittleEndian, `{"id": 1}`), "export"},
		{"a.json", "\xfe\xff" + wide(binary.BigEndian, `{"id": 1}`), "export"},
		{"a.csv", wide(binary.LittleEndian, "login;status\r\nada;enabled\r\n"), "export"},
		{"a.json", "{\"a\":1}\n{\"a\":2}\n", "export"},
		{"a.jsonl", "{\"a\":1}\n{\"a\":2}\n", "export"},
		{"a.json", `{"jobs":[{"id":"j1","status":"success"}],"errors":[]}`, "export"},
		{"a.json", `{"jobs":[{"id":"j1","status":"failed"}],"errors":["j1: disk full"]}`, "export"},
		{"a.json", `{"data":{"keys":[1]},"errors":null}`, "api"},
		{"a.json", `{"message":"restored 25 of 25","status":"success"}`, "export"},
		{"a.json", `{"message":"access denied from all five addresses, as it should be","result":"success"}`, "export"},
		{"a.json", `{"title":"Loss of a region","date":"2026-05-20","status":"done","description":"exercise"}`, "document"},
		{"a.json", `{"id":"R-12","type":"restore","message":"25 of 25 are read"}`, "export"},
		{"a.json", `{"allowed":["a"],"forbidden":{"message":"no key may be exported"}}`, "document"},
		{"a.json", `{"exception":"EXC-12","reason":"no agent","date":"2026-05-20"}`, "document"},
		{"a.json", `[{"error":"disk full"},{"error":"timeout"}]`, "export"},
		{"a.json", `{"version":2,"service":"s1","section":"keys","facts":{"key_count":1}}`, "api"},
		{"a.json", `{"service":"S1","section":"keys","facts":{"key_count":1},"answers":[{"body":[{"id":1}]}]}`, "api"},
		{"a.csv", "login,status\nada,enabled\n", "export"},
		{"a.csv", "login;note\nada;\"two\nlines\"\nbob;5\" disk\n", "export"},
		{"a.csv", "note\n\"a \"\"quoted\"\" word\"\n", "export"},
		{"a.csv", "Report of 2026-11-18\n\nlogin,status\nada,enabled\n", "export"},
		{"a.csv", "nom;pr\xe9nom\nBlanc;No\xe9mie\n", "export"},
		{"a.csv", "ada@example.com,enabled,totp\n", "export"},
		{"a.csv", "id\n7\n", "export"},
		{"a.yaml", "a: &x {b: !secret 1}\nc: *x\n---\nd: 1\n", "export"},
		{"a.yaml", "%YAML 1.2\n---\na: 1\n", "export"},
		{"a.xml", "<?xml version=\"1.0\"?>\n<report><errors/></report>", "export"},
		{"a.html", titled("Report of the backups"), "export"},
		{"a.html", titled("Login audit of November"), "export"},
		{"a.html", titled("404 hosts in use"), "export"},
		{"a", titled("Welcome"), "export"},
		{"a.txt", "Restore of 25 secrets, performed 2026-09-16.", "document"},
		{"a.txt", "RESTORE\nerror: one retry\nrestored 25 of 25\n", "document"},
		{"a.txt", "[INFO] restored 25 of 25", "document"},
		{"a.log", "error: one retry\nrestored 1\nrestored 2\nrestored 25\n", "export"},
		{"a.md", "<html></html>\n# Plan\n", "document"},
		{"a.png", png + strings.Repeat("x", 200), "document"},
		{"a.jpeg", "\xff\xd8\xff" + strings.Repeat("x", 200), "document"},
		{"a.pdf", "%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF", "document"},
		{"a.pdf", "garbage of a mail gateway\n%PDF-1.7\n1 0 obj\n", "document"},
		{"a.zip", zipped(t, map[string]string{"keys.json": `[{"id":1}]`}), "api"},
		{"a.zip", zipped(t, map[string]string{"a.txt": "", "b.txt": "text"}), "export"},
		{"a.json.gz", gzipped(t, `[{"id":1}]`), "api"},
		{"a.xlsx", zipped(t, map[string]string{"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"}), "export"},
		{"a.xlsx", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 encrypted", "export"},
		{"a.xls", "<html><table></table></html>", "export"},
		{"a.json", `{"schema": "raci-check/assessment/v1", "kind": "report"}`, "document"},
		{"a.eml", "From: a\n\nx", "document"},
		{"a.p7m", "\x30\x82\x00\x00", "document"},
	} {
		if problem := inspected(t, test.name, test.content, test.method); problem != nil {
			t.Errorf("%s %.60q: %+v", test.name, test.content, problem)
		}
	}
}

// Of a file that is too large only the beginning is seen: it is not judged by an end that is not there.
func TestTheBeginningOfALargeFile(t *testing.T) {
	inspect := func(name, content string) *artifact.Problem {
		return artifact.Inspect(artifact.File{Path: name, Content: []byte(content), Populous: func() bool { return true }})
	}
	for name, content := range map[string]string{
		"a.json": `[{"id": 1}, {"id`, "a.csv": "a,\"b", "a.yaml": "a: [", "a.zip": "PK\x03\x04", "a.gz": "\x1f\x8b", "a.pdf": "%PDF-1.7", "a.txt": "tbd", "a.html": titled("Report"),
		"a.ndjson": `{"id": 1}`,
	} {
		if problem := inspect(name, content); problem != nil {
			t.Errorf("%s: %+v", name, problem)
		}
	}
	for name, content := range map[string]string{"a.json": "x", "a.csv": titled("x"), "a.zip": "x", "a.txt": " \n"} {
		if inspect(name, content) == nil {
			t.Errorf("%s: nothing is wrong with it", name)
		}
	}
}

// Whatever the bytes and the name: no panic, and a problem says what it is.
func FuzzInspect(f *testing.F) {
	for _, name := range []string{"a.json", "a.csv", "a.yaml", "a.xml", "a.html", "a.txt", "a.pdf", "a.zip", "a.json.gz", "a.xlsx", "a.tgz", "a"} {
		for _, content := range []string{"", " ", "{}", `{"error":[]}`, "a,\"b", "<html>", "PK\x03\x04", "\x1f\x8b", "\xff\xfe1", "%PDF-", `[[[{"a":{"b":null}}]]]`, "- a: *b", "\"", "{\"answers\":[{\"body\":1}]}", "\u00a0<", "\xef\xbb\xbf"} {
			f.Add(name, []byte(content), true)
		}
	}
	f.Fuzz(func(t *testing.T, name string, content []byte, whole bool) {
		problem := artifact.Inspect(artifact.File{Path: name, Content: content, Whole: whole, Method: "api", Section: "keys", Service: "s", Populous: func() bool { return true }})
		if problem != nil && (problem.Message == "" || !problem.Status.Bad()) {
			t.Errorf("%+v", problem)
		}
	})
}
