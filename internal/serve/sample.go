package serve

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/report"
	"github.com/raci-check/raci-check/internal/sample"
	"github.com/raci-check/raci-check/internal/serve/guard"
)

// samplePage is a worksheet to fill in.
type samplePage struct {
	page
	Sample  *sample.Sample
	Size    int
	Seed    string
	Answers []string // what can be found of a fact
}

// sampleSize is the largest worksheet that a page shows; the command sample writes larger ones.
const sampleSize = 200

// chosen makes the sample that a request asks for, of the saved evidence.
func (s *site) chosen(r *http.Request) (*standing, *sample.Sample, error) {
	now, err := s.now(r.Context())
	if err != nil {
		return nil, nil, err
	}
	request := sample.Request{Report: now.Assessment, Folder: cmp.Or(string(s.Assess.Base), "."), Size: sample.DefaultSize, Seed: r.FormValue("seed")}
	if text := r.FormValue("number"); text != "" {
		if request.Size, err = strconv.Atoi(text); err != nil || request.Size < 1 || request.Size > sampleSize {
			return now, nil, &guard.RefusedError{Status: http.StatusBadRequest, Message: fmt.Sprintf("The number of facts must be from 1 to %d.", sampleSize)}
		}
	}
	facts, err := sample.Choose(request)
	if err != nil {
		err = &guard.RefusedError{Status: http.StatusUnprocessableEntity, Message: err.Error()}
	}
	return now, facts, err
}

// sample shows the worksheet.
func (s *site) sample(w http.ResponseWriter, r *http.Request) error {
	now, facts, err := s.chosen(r)
	var refused *guard.RefusedError
	if err != nil && (now == nil || !errors.As(err, &refused)) {
		return err
	}
	view := samplePage{
		page: s.page(r, now, "Sample of the facts"), Sample: facts, Size: sample.DefaultSize, Seed: r.FormValue("seed"),
		Answers: []string{string(sample.Agrees), string(sample.Differs), string(sample.NotSeen)},
	}
	view.Here = "sample"
	status := http.StatusOK
	if refused != nil {
		view.Problems, status = []string{s.Language.Text(refused.Message)}, refused.Status
	} else {
		view.Size = len(facts.Facts)
	}
	return s.show(w, status, view.write())
}

// worksheet sends the worksheet with what was typed. Nothing is kept here: the file goes to the auditor.
func (s *site) worksheet(w http.ResponseWriter, r *http.Request) error {
	_, facts, err := s.chosen(r)
	if err != nil {
		return err
	}
	if digest := r.PostForm.Get("report"); digest != facts.Report {
		return &guard.RefusedError{Status: http.StatusConflict, Message: "The evidence, or the time of the assessment, is another one since the worksheet was shown: load it again. Start with --at to keep the time."}
	}
	for i := range facts.Facts {
		value := func(name string) string {
			return strings.TrimSpace(r.PostForm.Get(fmt.Sprintf("%s-%d", name, i+1)))
		}
		facts.Fill(i, sample.Answer{Finding: sample.Finding(value("result")), Note: value("note"), Name: value("name"), Date: value("date")})
	}
	return send(w, r, download{"text/csv; charset=utf-8", "worksheet.csv", s.Language}, report.Samples, facts)
}
