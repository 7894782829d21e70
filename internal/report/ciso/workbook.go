package ciso

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"io"

	"github.com/raci-check/raci-check/internal/sanitize"
)

// The parts of a workbook besides its rows, as ECMA-376 has them. The importer of tasks asks for a sheet of this name; the others read
// the first one.
var parts = []struct{ name, content string }{
	{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`},
	{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
	{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ` +
		`xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Summary" sheetId="1" r:id="rId1"/></sheets></workbook>`},
	{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
}

type worksheet struct {
	XMLName xml.Name   `xml:"http://schemas.openxmlformats.org/spreadsheetml/2006/main worksheet"`
	Rows    []sheetRow `xml:"sheetData>row"`
}

type sheetRow struct {
	Cells []sheetCell `xml:"c"`
}

// sheetCell is a text in the cell itself, so that no reader takes it for a number, a date or a formula.
type sheetCell struct {
	Type string `xml:"t,attr"`
	Text struct {
		Space string `xml:"xml:space,attr"`
		Value string `xml:",chardata"`
	} `xml:"is>t"`
}

// workbook has the rows as texts in one sheet. The archive has no times, so the same rows make the same bytes.
func workbook(rows [][]string) ([]byte, error) {
	var sheet worksheet
	for _, row := range rows {
		var made sheetRow
		for _, text := range row {
			cell := sheetCell{Type: "inlineStr"}
			cell.Text.Space, cell.Text.Value = "preserve", sanitize.Cell(text)
			made.Cells = append(made.Cells, cell)
		}
		sheet.Rows = append(sheet.Rows, made)
	}
	content, err := xml.Marshal(sheet)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for _, part := range append(parts[:len(parts):len(parts)], struct{ name, content string }{"xl/worksheets/sheet1.xml", string(content)}) {
		w, err := archive.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Deflate})
		if err != nil {
			return nil, err
		}
		if _, err := io.WriteString(w, xml.Header+part.content); err != nil {
			return nil, err
		}
	}
	err = archive.Close()
	return out.Bytes(), err
}
