-- Counts one request of a key (docs/accounts.md). KEYS: the counter. ARGV: milliseconds of a window. The
-- window is Redis's own, so that servers whose clocks differ agree on it.
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
    left = tonumber(ARGV[1])
end
return {count, left}
