package bus

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// ErrFenced says that another owner has claimed the shard. Whoever gets it stops and forgets its state.
var ErrFenced = errors.New("another owner has claimed the shard")

// ErrNoKey says that a key does not exist: it was destroyed, or never was.
var ErrNoKey = errors.New("the key does not exist")

// meaning is what one of the broker's errors amounts to.
type meaning struct {
	class  fault.Class
	reason string
}

// The broker's codes that this package acts upon.
const (
	codeMoved        = 10071 // expected last sequence is another one
	codeMovedNow     = 10164 // the same, while the subject is being written to
	codeDuplicateNow = 10158 // the same message id is being written
	codeFull         = 10077 // limits reached and new messages are refused
	codeNoMessage    = 10037
	codeNoStream     = 10059
	codeNoConsumer   = 10014
	codeStreamExists = 10058
)

// codes is the error table: every code of the broker that means something else than its HTTP status says.
var codes = map[jetstream.ErrorCode]meaning{
	codeMoved:        {fault.Transient, "the stream has moved on"},
	codeMovedNow:     {fault.Transient, "the stream is moving on"},
	codeDuplicateNow: {fault.Transient, "the same message is being written"},
	codeFull:         {fault.Transient, "the stream is full"},
	codeNoMessage:    {fault.Invalid, "no such message"},
	codeNoStream:     {fault.Transient, "the stream does not exist yet"},
	codeNoConsumer:   {fault.Transient, "the consumer does not exist yet"},
	10005:            {fault.Transient, "the cluster has not enough brokers now"},
	10023:            {fault.Transient, "the broker is short of resources"},
	10047:            {fault.Transient, "the broker's storage is full"},
	10028:            {fault.Transient, "the broker's memory is full"},
	10008:            {fault.Transient, "the broker is not available"},
	10009:            {fault.Transient, "the broker's cluster has no leader"},
	10167:            {fault.Transient, "the stream cannot keep up"},
	10168:            {fault.Transient, "the batch was not completed"},
	10176:            {fault.Transient, "the batch was not completed"},
	10210:            {fault.Transient, "too many batches"},
	10211:            {fault.Transient, "too many batches"},
	10039:            {fault.Unauthorized, "JetStream is not enabled for this account"},
	10076:            {fault.Unauthorized, "JetStream is not enabled"},
	10035:            {fault.Unauthorized, "the account has no rights to JetStream"},
	10054:            {fault.Invalid, "the message is too large"},
	10097:            {fault.Invalid, "the message's headers are too large"},
}

// local is the same for errors that arise on this side of the wire.
var local = []struct {
	err error
	meaning
}{
	{context.Canceled, meaning{fault.Stopping, ""}},
	{context.DeadlineExceeded, meaning{fault.Transient, "no answer in time"}},
	{nats.ErrTimeout, meaning{fault.Transient, "no answer in time"}},
	{nats.ErrNoResponders, meaning{fault.Transient, "nobody answers"}},
	{jetstream.ErrNoStreamResponse, meaning{fault.Transient, "nobody answers"}},
	{jetstream.ErrBucketNotFound, meaning{fault.Transient, "the bucket does not exist yet"}},
	{jetstream.ErrStreamNotFound, meaning{fault.Transient, "the stream does not exist yet"}},
	{jetstream.ErrConsumerNotFound, meaning{fault.Transient, "the consumer does not exist yet"}},
	{nats.ErrReconnectBufExceeded, meaning{fault.Transient, "not connected"}},
	{nats.ErrConnectionReconnecting, meaning{fault.Transient, "not connected"}},
	{nats.ErrDisconnected, meaning{fault.Transient, "not connected"}},
	{nats.ErrHeadersNotSupported, meaning{fault.Transient, "not connected yet"}}, // what the broker can is not known before
	{nats.ErrNoServers, meaning{fault.Transient, "not connected"}},
	{nats.ErrConnectionClosed, meaning{fault.Stopping, "the connection is closed"}},
	{nats.ErrConnectionDraining, meaning{fault.Stopping, "the connection is closing"}},
	{nats.ErrMaxPayload, meaning{fault.Invalid, "the message is too large"}},
	{nats.ErrAuthorization, meaning{fault.Unauthorized, "the broker refuses the credentials"}},
	{nats.ErrPermissionViolation, meaning{fault.Unauthorized, "the credentials do not allow it"}},
	{jetstream.ErrJetStreamNotEnabled, meaning{fault.Unauthorized, "JetStream is not enabled"}},
	{jetstream.ErrJetStreamNotEnabledForAccount, meaning{fault.Unauthorized, "JetStream is not enabled for this account"}},
}

// classify gives err its class. What has one keeps it; nil stays nil.
func classify(op string, err error) error {
	if err == nil {
		return nil
	}
	var classified *fault.Error
	if errors.As(err, &classified) {
		return err
	}
	m := meaningOf(err)
	return &fault.Error{Class: m.class, Op: op, Reason: m.reason, Err: err}
}

func meaningOf(err error) meaning {
	if api := apiError(err); api != nil {
		if m, ok := codes[api.ErrorCode]; ok {
			return m
		}
		switch {
		case api.Code >= 500 || api.Code == 429 || api.Code == 408:
			return meaning{fault.Transient, "the broker cannot do it now"}
		case api.Code == 401 || api.Code == 403:
			return meaning{fault.Unauthorized, "the credentials do not allow it"}
		}
		return meaning{fault.Invalid, "the broker refuses it"}
	}
	for _, l := range local {
		if errors.Is(err, l.err) {
			return l.meaning
		}
	}
	return meaning{fault.Unknown, ""}
}

func apiError(err error) *jetstream.APIError {
	var je jetstream.JetStreamError
	if errors.As(err, &je) {
		return je.APIError()
	}
	return nil
}

// isCode reports whether err is the broker's error with one of the codes.
func isCode(err error, codes ...jetstream.ErrorCode) bool {
	api := apiError(err)
	if api == nil {
		return false
	}
	for _, c := range codes {
		if api.ErrorCode == c {
			return true
		}
	}
	return false
}

// moved reports whether err says that an expected sequence was not the actual one.
func moved(err error) bool { return isCode(err, codeMoved, codeMovedNow) }
