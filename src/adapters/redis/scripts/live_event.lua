-- One live event of a tenant: kept among the last ones, and told to whoever listens, in one step, so that the ids that
-- listeners hear grow.
--   KEYS[1]  the stream      ARGV: how many are kept, for how many seconds after the last, the channel, the event
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'e', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('PUBLISH', ARGV[3], id .. '\n' .. ARGV[4])
return id
