-- What is needed to carry a call on elsewhere (docs/queue.md): one hash per call. KEYS: the hash.
-- ARGV: operation, fencing token, seconds until it is litter, then the operation's own. A token that
-- is smaller than one seen before is refused, in the same step as the write.
local operation, token, kept = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local name = KEYS[1]
local call = redis.call

local last = tonumber(call('HGET', name, 'token') or '0')
if token < last then return {'stale'} end

if operation == 'erase' then
    -- The token stays for a while, so that an older holder is still refused.
    call('DEL', name)
    call('HSET', name, 'token', ARGV[2], 'over', '1')
    call('EXPIRE', name, ARGV[4])
    return {'ok'}
end
-- A write that was on its way while the call ended comes too late.
if token == last and call('HEXISTS', name, 'over') == 1 then return {'stale'} end

call('HDEL', name, 'over')
call('HSET', name, 'token', ARGV[2])
call('EXPIRE', name, kept)

if operation == 'save' then
    call('HSET', name, 'snapshot', ARGV[4])
    return {'ok'}
end
if operation == 'load' then
    local snapshot = call('HGET', name, 'snapshot')
    if snapshot then return {'ok', snapshot} end
    return {'none'}
end

local begun, result = 'begun:' .. ARGV[4], 'result:' .. ARGV[4]
if operation == 'begin' then
    local done = call('HGET', name, result)
    if done then return {'done', done} end
    local begun_by = call('HGET', name, begun)
    if begun_by == ARGV[2] then return {'new'} end
    if begun_by then return {'unknown'} end
    if call('HLEN', name) > tonumber(ARGV[5]) then return {'corrupt'} end
    call('HSET', name, begun, ARGV[2])
    return {'new'}
end
if operation == 'finish' then
    if call('HLEN', name) > 2 * tonumber(ARGV[5]) then return {'corrupt'} end
    call('HSET', name, result, ARGV[6])
    return {'ok'}
end
return {'corrupt'}
