package bus

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bonafide-id/bonafide/events"
)

// Record is one line of a shard's log. (InSeq, Ord) is unique in a log and grows.
type Record struct {
	Subject string
	Header  events.Header
	Data    []byte
	Epoch   uint64 // of the owner that wrote it; Append sets it
	InSeq   uint64 // the input that caused it
	Ord     int    // its place among the records of that input, from 0
	Seq     uint64 // where it lies in the log; only when read
}

// hAt says which owner wrote a record and what caused it: <epoch>.<in_seq>.<ord>.
const hAt = "Bf-At"

func formatAt(epoch, inSeq uint64, ord int) string {
	b := make([]byte, 0, 32)
	b = strconv.AppendUint(b, epoch, 10)
	b = append(b, '.')
	b = strconv.AppendUint(b, inSeq, 10)
	b = append(b, '.')
	b = strconv.AppendInt(b, int64(ord), 10)
	return string(b)
}

func parseAt(h events.Header) (epoch, inSeq uint64, ord int, err error) {
	v := ""
	if vs := h[hAt]; len(vs) == 1 {
		v = vs[0]
	}
	a, rest, _ := strings.Cut(v, ".")
	b, c, _ := strings.Cut(rest, ".")
	if epoch, err = strconv.ParseUint(a, 10, 64); err == nil {
		if inSeq, err = strconv.ParseUint(b, 10, 64); err == nil {
			ord, err = strconv.Atoi(c)
		}
	}
	if err != nil {
		return 0, 0, 0, fmt.Errorf("header %s: %q is no position", hAt, v)
	}
	return epoch, inSeq, ord, nil
}

// notAfter reports whether r comes before (inSeq, ord) or is it.
func (r *Record) notAfter(inSeq uint64, ord int) bool {
	return r.InSeq < inSeq || r.InSeq == inSeq && r.Ord <= ord
}
