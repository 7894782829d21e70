package tsaclient_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/timestamp"
	"github.com/raci-check/raci-check/internal/timestamp/timestamptest"
	"github.com/raci-check/raci-check/internal/tsaclient"
)

var (
	must    = testhelp.Must
	message = []byte("a signature")
)

func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func stamp(t *testing.T, options tsaclient.Options) ([]byte, error) {
	t.Helper()
	client, err := tsaclient.New(options)
	must(t, err)
	return client.Stamp(t.Context(), message)
}

func TestStamp(t *testing.T) {
	a := timestamptest.New(t, nil)
	reply, err := stamp(t, tsaclient.Options{URL: serve(t, a) + "/tsr?x=y", Policy: timestamptest.Policy})
	must(t, err)
	token, err := timestamp.ParseReply(reply)
	must(t, err)
	trusted, err := timestamp.ParseAuthorities(timestamptest.PEM(a.Root))
	must(t, err)
	if err := errors.Join(token.Covers(message), token.Verify(trusted, timestamptest.Policy)); err != nil {
		t.Error(err)
	}
}

// Some authorities say that they have created the token.
func TestCreated(t *testing.T) {
	a := timestamptest.New(t, nil)
	address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		a.ServeHTTP(recorder, r)
		w.Header().Set("Content-Type", recorder.Header().Get("Content-Type"))
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(recorder.Body.Bytes())
	}))
	if _, err := stamp(t, tsaclient.Options{URL: address}); err != nil {
		t.Error(err)
	}
}

// Each answer that is none of these requests' is refused, and each for its own reason, with the address.
func TestRefused(t *testing.T) {
	good := timestamptest.New(t, nil)
	with := func(change func(a *timestamptest.Authority)) http.Handler {
		a := *good
		change(&a)
		return &a
	}
	reply := func(status int, kind string, body []byte) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = w.Write(body)
		})
	}
	const kind = "application/timestamp-reply"
	requests := 0
	elsewhere := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests++ }))
	for name, test := range map[string]struct {
		handler http.Handler
		policy  string
		want    error
		says    string
	}{
		"a redirect to another host":  {http.RedirectHandler(elsewhere, http.StatusTemporaryRedirect), "", nil, `it redirects to "` + elsewhere + `", which is not followed`},
		"a redirect on the same host": {http.RedirectHandler("/other", http.StatusPermanentRedirect), "", nil, `it redirects to "/other"`},
		"an error":                    {reply(http.StatusServiceUnavailable, "text/html", nil), "", nil, "status 503 Service Unavailable"},
		"another content type":        {reply(http.StatusOK, "text/html", good.Reply(t, message)), "", tsaclient.ErrAnswer, `its content type is "text/html"`},
		"no content type":             {reply(http.StatusOK, "", good.Reply(t, message)), "", tsaclient.ErrAnswer, "expected application/timestamp-reply"},
		"garbage":                     {reply(http.StatusOK, kind, []byte("garbage")), "", timestamp.ErrReply, ""},
		"far too much":                {reply(http.StatusOK, kind, make([]byte, timestamp.MaxReply+1)), "", tsaclient.ErrLarge, "256 KiB"},
		"a rejection":                 {reply(http.StatusOK, kind, timestamptest.Rejection(t)), "", timestamp.ErrRejected, "policy not supported"},
		"an older reply":              {reply(http.StatusOK, kind, good.Reply(t, message)), "", timestamp.ErrNonce, ""},
		"no nonce":                    {with(func(a *timestamptest.Authority) { a.OmitNonce = true }), "", timestamp.ErrNonce, ""},
		"no certificate":              {with(func(a *timestamptest.Authority) { a.OmitCertificate = true }), "", timestamp.ErrNoCertificate, ""},
		"an expired authority":        {with(func(a *timestamptest.Authority) { a.Time = a.Time.AddDate(5, 0, 0) }), "", timestamp.ErrExpired, ""},
		"another policy":              {good, "1.2.3", timestamp.ErrPolicy, "requested 1.2.3"},
	} {
		address := serve(t, test.handler)
		_, err := stamp(t, tsaclient.Options{URL: address, Policy: test.policy})
		if err == nil || test.want != nil && !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) || !strings.HasPrefix(err.Error(), address+": ") {
			t.Errorf("%s: %v, wanted %v with %q in it", name, err, test.want, test.says)
		}
	}
	if requests > 0 {
		t.Error("a redirect was followed")
	}
}

// An authority that does not answer in time is given up.
func TestTimeLimit(t *testing.T) {
	release := make(chan struct{})
	address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/timestamp-reply")
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		<-release
	}))
	defer close(release)
	if _, err := stamp(t, tsaclient.Options{URL: address, Timeout: 50 * time.Millisecond}); err == nil || !strings.Contains(err.Error(), "no whole answer within 50ms") {
		t.Errorf("a slow authority: %v", err)
	}
	client, err := tsaclient.New(tsaclient.Options{URL: address})
	must(t, err)
	ctx, interrupt := context.WithCancelCause(t.Context())
	interrupted := errors.New("interrupted")
	interrupt(interrupted)
	if _, err := client.Stamp(ctx, message); !errors.Is(err, interrupted) {
		t.Errorf("an interrupt: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for address, says := range map[string]string{
		"tsa.example.com":                "expected http://HOST/PATH",
		"ftp://tsa.example.com":          "expected http://HOST/PATH",
		"https://":                       "expected http://HOST/PATH",
		"https://me:secret@tsa.example/": "other users can see a password",
		"http://[":                       "missing ']'",
	} {
		if _, err := tsaclient.New(tsaclient.Options{URL: address}); !errors.Is(err, tsaclient.ErrURL) || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := tsaclient.New(tsaclient.Options{URL: "https://tsa.example", Policy: "x"}); err == nil {
		t.Error("a policy that is none")
	}
	// TLS is as the system has it: a certificate that nobody vouches for is refused.
	server := httptest.NewTLSServer(timestamptest.New(t, nil))
	defer server.Close()
	server.Config.ErrorLog = nil
	if _, err := stamp(t, tsaclient.Options{URL: server.URL}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("an unknown certificate: %v", err)
	}
}
