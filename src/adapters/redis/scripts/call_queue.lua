-- The calls that wait and who holds which (docs/queue.md). One script, so that each operation is one
-- atomic step: Redis runs nothing else meanwhile. ARGV: operation, key prefix, time in ms (tests only;
-- empty: Redis's own), the epoch that the caller knows, the grace in ms, then the operation's own.
-- Answer: {outcome, epoch, ...}. Keys are made in here, so Redis Cluster cannot run it.
local operation, prefix, given_now, known_epoch, grace_ms =
    ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local call = redis.call

local function key(name) return prefix .. name end
local function whole(number) return string.format('%.0f', number) end

local now_us
if given_now ~= '' then
    now_us = tonumber(given_now) * 1000
else
    local time = call('TIME')
    now_us = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local now = math.floor(now_us / 1000)

-- The epoch is the age of Redis's memory. A caller who knows another one has seen it lost.
local epoch = call('GET', key('call-epoch'))
if not epoch then
    epoch = whole(now)
    call('SET', key('call-epoch'), epoch)
end
if known_epoch ~= '' and known_epoch ~= epoch and now < tonumber(epoch) + grace_ms then
    call('SET', key('call-recovering-until'), whole(tonumber(epoch) + grace_ms))
end

local function answer(outcome, ...) return {outcome, epoch, ...} end

local function list_key(list)
    if list == '' then return key('call-queue') end
    return key('call-queue:' .. list)
end

local function load(id)
    local record = call('HMGET', key('call-job:' .. id), 'state', 'job', 'list', 'tenant', 'agent',
        'token', 'worker', 'queued', 'cancelled')
    if not record[1] then return nil end
    return {id = id, state = record[1], job = record[2], list = record[3], tenant = record[4],
        agent = record[5], token = tonumber(record[6] or '0'), worker = record[7],
        queued = record[8], cancelled = record[9]}
end

local function job_of(text)
    local readable, job = pcall(cjson.decode, text)
    if not readable or type(job) ~= 'table' or type(job.call_id) ~= 'string' or
        type(job.tenant_id) ~= 'string' or type(job.agent_name) ~= 'string' or
        type(job.queued_at_ms) ~= 'number' or type(job.attempt) ~= 'number' then
        return nil
    end
    return job
end

local function with_attempt(text, attempt)
    -- Quotes inside texts are escaped, so nothing but the member matches.
    return (string.gsub(text, '"attempt":%d+', '"attempt":' .. attempt, 1))
end

local function tenant_key(record) return key('call-tenant:' .. record.tenant) end
local function agent_key(record)
    return key('call-agent:' .. record.tenant .. ':' .. record.agent)
end
local function worker_key(worker) return key('call-worker:' .. worker) end

-- Calls that were answered and found no place: the next ones are kept for them until their score.
local function owed_keys(record)
    return {key('call-owed-tenant:' .. record.tenant),
        key('call-owed-agent:' .. record.tenant .. ':' .. record.agent)}
end
local function owe_place(record, until_ms)
    for _, name in ipairs(owed_keys(record)) do
        call('ZADD', name, whole(until_ms), record.id)
        call('EXPIRE', name, 3600)
    end
end
local function owed_to_others(name, id)
    call('ZREMRANGEBYSCORE', name, '-inf', whole(now))
    return call('ZCARD', name) - (call('ZSCORE', name, id) and 1 or 0)
end

-- A room is the call's that was admitted for it, until its places are free again.
local function room_key(room) return key('call-room:' .. room) end
local function room_owner(job)
    if type(job.room_name) ~= 'string' or job.room_name == '' then return nil end
    local owner = call('GET', room_key(job.room_name))
    if not owner or owner == job.call_id then return nil end
    local state = call('HGET', key('call-job:' .. owner), 'state')
    return (state == 'waiting' or state == 'leased') and owner or nil
end
local function take_room(job)
    if type(job.room_name) == 'string' and job.room_name ~= '' and not room_owner(job) then
        call('SET', room_key(job.room_name), job.call_id)
    end
end
local function free_room(record)
    local job = job_of(record.job)
    if job and type(job.room_name) == 'string' and
        call('GET', room_key(job.room_name)) == record.id then
        call('DEL', room_key(job.room_name))
    end
end

local function admit(id, text, job)
    local record = {id = id, state = 'new', job = text, list = '', tenant = job.tenant_id,
        agent = job.agent_name, token = 0, worker = '', queued = whole(job.queued_at_ms)}
    call('HSET', key('call-job:' .. id), 'state', record.state, 'job', text, 'list', '',
        'tenant', record.tenant, 'agent', record.agent, 'token', '0', 'worker', '',
        'queued', record.queued)
    call('SADD', tenant_key(record), id)
    call('SADD', agent_key(record), id)
    for _, name in ipairs(owed_keys(record)) do call('ZREM', name, id) end
    take_room(job)
    return record
end

local function free_places(record)
    call('SREM', tenant_key(record), record.id)
    call('SREM', agent_key(record), record.id)
    free_room(record)
end

-- Wakes one taker that waits for this list. One whose connection is gone receives nothing, and the
-- next is asked.
local function wake(list)
    for _, waiters in ipairs({key('call-waiters:' .. list), key('call-waiters')}) do
        local waiter = call('ZPOPMIN', waiters)
        while #waiter > 0 do
            if call('PUBLISH', key('call-wake:' .. waiter[1]), '1') > 0 then return end
            waiter = call('ZPOPMIN', waiters)
        end
    end
end

local function put_waiting(record, push)
    local list = ''
    if call('SISMEMBER', key('call-pools'), record.agent) == 1 then list = record.agent end
    record.list, record.state = list, 'waiting'
    call('HSET', key('call-job:' .. record.id), 'state', 'waiting', 'list', list, 'job', record.job)
    call(push, list_key(list), record.job)
    -- What is put back has not waited since it was asked for.
    local since = push == 'LPUSH' and whole(now) or record.queued
    call('ZADD', key('call-waiting'), since, record.id)
    wake(list)
end

local function leave_waiting(record)
    call('LREM', list_key(record.list), 1, record.job)
    call('ZREM', key('call-waiting'), record.id)
end

local function next_token()
    local token = math.max(tonumber(call('GET', key('call-token')) or '0') + 1, now_us)
    call('SET', key('call-token'), whole(token))
    return token
end

local function end_lease(record)
    call('ZREM', key('call-leases'), record.id)
    call('SREM', worker_key(record.worker), record.id)
end

local function lease(record, worker, token, duration)
    if record.state == 'leased' then end_lease(record) end
    record.state, record.worker, record.token = 'leased', worker, token
    call('HSET', key('call-job:' .. record.id), 'state', 'leased', 'worker', worker,
        'token', whole(token), 'job', record.job)
    call('ZADD', key('call-leases'), whole(now + duration), record.id)
    call('SADD', worker_key(worker), record.id)
end

-- Remembered for a while, so that what comes late does not revive it.
local function remember(record, state, token, seconds)
    local name = key('call-job:' .. record.id)
    call('DEL', name)
    call('HSET', name, 'state', state, 'token', whole(token), 'job', record.job or '')
    call('EXPIRE', name, seconds)
end

-- For people: the latest 1,000, since nobody may ever look and Redis evicts nothing.
local function keep(list, text)
    call('RPUSH', list, text)
    call('LTRIM', list, -1000, -1)
end

-- True where it waits again; false where that was its last attempt.
local function put_back(record, counts, attempts_max, dead_seconds)
    local attempt = tonumber(string.match(record.job, '"attempt":(%d+)'))
    if counts and attempt >= attempts_max then
        free_places(record)
        remember(record, 'dead', record.token, dead_seconds)
        keep(key('call-dead'), record.job)
        return false
    end
    if counts then record.job = with_attempt(record.job, attempt + 1) end
    put_waiting(record, 'LPUSH')
    return true
end

-- Places that are kept count for everybody but those who were answered (place_kept).
local function admission_error(job, tenant_max, agent_max, place_kept)
    local is_shared = job.room_name ~= 'call-' .. job.call_id
    if tenant_max > 0 or agent_max > 0 or is_shared then
        -- The places and rooms of calls that Redis forgot are not counted yet: their holders renew
        -- first.
        if now < tonumber(call('GET', key('call-recovering-until')) or '0') then
            return 'recovering'
        end
    end
    if room_owner(job) then return 'room_taken' end
    local record = {id = job.call_id, tenant = job.tenant_id, agent = job.agent_name}
    local owed = owed_keys(record)
    local function is_full(places, places_max, owed_name)
        if places_max == 0 then return false end
        local kept = place_kept > 0 and 0 or owed_to_others(owed_name, record.id)
        return call('SCARD', places) + kept >= places_max
    end
    local refused
    if is_full(tenant_key(record), tenant_max, owed[1]) then
        refused = 'tenant_limit'
    elseif is_full(agent_key(record), agent_max, owed[2]) then
        refused = 'agent_limit'
    end
    if refused and place_kept > 0 then owe_place(record, now + place_kept) end
    return refused
end

local function register_pools(first)
    for index = first, #ARGV do
        local agent = ARGV[index]
        if call('SADD', key('call-pools'), agent) == 1 then
            -- What waits for this agent in the common list moves to its pool, in its order.
            for _, text in ipairs(call('LRANGE', key('call-queue'), 0, -1)) do
                local job = job_of(text)
                if job and job.agent_name == agent then
                    call('LREM', key('call-queue'), 1, text)
                    call('RPUSH', list_key(agent), text)
                    call('HSET', key('call-job:' .. job.call_id), 'list', agent)
                end
            end
        end
    end
end

-- The job at the head of a list; what cannot be read is put aside, where people can see it.
local function head_of(list)
    while true do
        local text = call('LINDEX', list_key(list), 0)
        if not text then return nil end
        local job = job_of(text)
        local record = job and load(job.call_id)
        if job and (not record or (record.state == 'waiting' and record.list == list)) then
            return job, record or admit(job.call_id, text, job), text
        end
        keep(key('call-corrupt'), call('LPOP', list_key(list)))
    end
end

local function choose(first)
    for index = first, #ARGV do
        local job, record, text = head_of(ARGV[index])
        if job then return record, text, ARGV[index] end
    end
    if #ARGV >= first then return nil end
    local best, best_record, best_text, best_list
    local lists = call('SMEMBERS', key('call-pools'))
    table.sort(lists)
    table.insert(lists, 1, '')
    for _, list in ipairs(lists) do
        local job, record, text = head_of(list)
        if job and (not best or job.queued_at_ms < best) then
            best, best_record, best_text, best_list = job.queued_at_ms, record, text, list
        end
    end
    return best_record, best_text, best_list
end

local operations = {}

-- job, tenant_max, agent_max, waiting_max, oldest_age_max, place_kept
function operations.push()
    local text = ARGV[6]
    local job = job_of(text)
    if not job then return answer('corrupt') end
    if call('EXISTS', key('call-job:' .. job.call_id)) == 1 then return answer('known') end
    local refused = admission_error(job, tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[11]))
    if refused then return answer(refused) end
    local waiting_max, age_max = tonumber(ARGV[9]), tonumber(ARGV[10])
    if waiting_max > 0 and call('ZCARD', key('call-waiting')) >= waiting_max then
        return answer('overloaded')
    end
    local oldest = call('ZRANGE', key('call-waiting'), 0, 0, 'WITHSCORES')
    if age_max > 0 and #oldest > 0 and now - tonumber(oldest[2]) > age_max then
        return answer('overloaded')
    end
    put_waiting(admit(job.call_id, text, job), 'RPUSH')
    return answer('ok')
end

-- worker, worker_max, duration, instance that wants to be woken or empty, agents...
function operations.take()
    local worker, duration, instance = ARGV[6], tonumber(ARGV[8]), ARGV[9]
    register_pools(10)
    if call('SCARD', worker_key(worker)) >= tonumber(ARGV[7]) then return answer('worker_limit') end
    local record, text, list = choose(10)
    if record then
        call('LPOP', list_key(list))
        call('ZREM', key('call-waiting'), record.id)
        lease(record, worker, next_token(), duration)
        return answer('ok', text, whole(record.token))
    end
    if instance ~= '' then
        for index = 10, #ARGV do
            call('ZADD', key('call-waiters:' .. ARGV[index]), 'NX', whole(now_us), instance)
        end
        if #ARGV < 10 then call('ZADD', key('call-waiters'), 'NX', whole(now_us), instance) end
    end
    return answer('none')
end

-- A taker was woken and has no use for it, or goes away: instance, then the lists that it asked for.
function operations.pass_on()
    call('ZREM', key('call-waiters'), ARGV[6])
    for index = 7, #ARGV do call('ZREM', key('call-waiters:' .. ARGV[index]), ARGV[6]) end
    local lists = call('SMEMBERS', key('call-pools'))
    table.insert(lists, '')
    for _, list in ipairs(lists) do
        if call('LLEN', list_key(list)) > 0 then wake(list) end
    end
    return answer('ok')
end

-- job, tenant_max, agent_max, worker, worker_max, duration, agents...
function operations.take_directly()
    local text, worker, duration = ARGV[6], ARGV[9], tonumber(ARGV[11])
    local job = job_of(text)
    if not job then return answer('corrupt') end
    register_pools(12)
    local record = load(job.call_id)
    if record and record.state == 'leased' and record.worker == worker then
        -- A repeat, because the answer was lost.
        lease(record, worker, record.token, duration)
        return answer('ok', record.job, whole(record.token))
    end
    if record and record.state ~= 'waiting' then return answer('stale') end
    if call('SCARD', worker_key(worker)) >= tonumber(ARGV[10]) then return answer('worker_limit') end
    if record then
        leave_waiting(record)
    else
        local refused = admission_error(job, tonumber(ARGV[7]), tonumber(ARGV[8]), 0)
        if refused then return answer(refused) end
        record = admit(job.call_id, text, job)
    end
    lease(record, worker, next_token(), duration)
    return answer('ok', record.job, whole(record.token))
end

-- What the holder is to be told of its call: 'stale', 'cancelled' or nothing.
local function renew_one(worker, duration, job, text, token)
    local record = load(job.call_id)
    if not record then
        record = admit(job.call_id, text, job)
    elseif record.state == 'waiting' and token > record.token then
        -- Redis lost the latest of what it knew: the holder is right.
        leave_waiting(record)
    elseif record.state ~= 'leased' or token < record.token then
        return 'stale'
    end
    if record.token ~= token then
        local last = tonumber(call('GET', key('call-token')) or '0')
        if token > last then call('SET', key('call-token'), whole(token)) end
    end
    record.job = text
    lease(record, worker, token, duration)
    return record.cancelled and 'cancelled'
end

-- worker, duration, then job and token of each lease
function operations.renew()
    local told = {stale = {}, cancelled = {}}
    for index = 8, #ARGV, 2 do
        local text, token = ARGV[index], tonumber(ARGV[index + 1])
        local job = job_of(text)
        local what = job and renew_one(ARGV[6], tonumber(ARGV[7]), job, text, token)
        if what then table.insert(told[what], job.call_id) end
    end
    return answer('ok', told.stale, told.cancelled)
end

-- call id, seconds that an ended call is remembered
function operations.cancel()
    local record = load(ARGV[6])
    if record and record.state == 'leased' then
        call('HSET', key('call-job:' .. record.id), 'cancelled', '1')
        return answer('told')
    end
    if not record or record.state ~= 'waiting' then return answer('unknown') end
    leave_waiting(record)
    free_places(record)
    remember(record, 'ended', record.token, ARGV[7])
    return answer('removed')
end

-- jobs whose rows say that they are held; the oldest first
function operations.restore()
    -- The epoch began with the first operation after the memory was lost.
    if now < tonumber(epoch) + grace_ms then return answer('recovering') end
    local back = {}
    for index = #ARGV, 6, -1 do
        local job = job_of(ARGV[index])
        if job and call('EXISTS', key('call-job:' .. job.call_id)) == 0 then
            put_waiting(admit(job.call_id, ARGV[index], job), 'LPUSH')
            back[#back + 1] = job.call_id
        end
    end
    return answer('ok', back)
end

-- call id, token, seconds that an ended call is remembered
function operations.acknowledge()
    local token = tonumber(ARGV[7])
    local record = load(ARGV[6])
    if not record then
        -- Not known, so nobody else's: remembered as over, against a late renewal.
        remember({id = ARGV[6]}, 'ended', token, ARGV[8])
        return answer('ok')
    end
    if token < record.token or record.state == 'dead' or
        (record.state == 'ended' and token ~= record.token) then
        return answer('stale')
    end
    if record.state == 'ended' then return answer('ok') end
    if record.state == 'leased' then end_lease(record) else leave_waiting(record) end
    free_places(record)
    remember(record, 'ended', token, ARGV[8])
    return answer('ok')
end

-- call id, token, whether the attempt counts, attempts_max, seconds that a dead call is remembered
function operations.release()
    local token = tonumber(ARGV[7])
    local record = load(ARGV[6])
    if not record then return answer('forgotten') end
    if record.state == 'leased' and token >= record.token then
        record.token = token
        call('HSET', key('call-job:' .. record.id), 'token', whole(token))
        end_lease(record)
        if put_back(record, ARGV[8] == '1', tonumber(ARGV[9]), ARGV[10]) then return answer('ok') end
        return answer('dead')
    end
    if token == record.token and record.state == 'waiting' then return answer('ok') end
    if token == record.token and record.state == 'dead' then return answer('dead') end
    return answer('stale')
end

local function may_reap(pause_max)
    local before = call('GET', key('call-reaped-at'))
    local grace_until = call('GET', key('call-grace-until'))
    call('SET', key('call-reaped-at'), whole(now))
    if grace_until then
        if now < tonumber(grace_until) then return false end
        call('DEL', key('call-grace-until'))
        return true
    end
    if grace_ms > 0 and (not before or now - tonumber(before) > pause_max) then
        call('SET', key('call-grace-until'), whole(now + grace_ms))
        return false
    end
    return true
end

-- reap_pause_max, attempts_max, seconds that a dead call is remembered, ms after which a dead job is
-- told again, leases at once, whether to tell dead jobs only, then ids of dead jobs that the caller
-- has been told
function operations.reap()
    local untold = key('call-dead-untold')
    for index = 12, #ARGV do call('ZREM', untold, ARGV[index]) end
    local back, dead = {}, {}
    if ARGV[11] == '0' and may_reap(tonumber(ARGV[6])) then
        local over = call('ZRANGEBYSCORE', key('call-leases'), '-inf', whole(now), 'LIMIT', 0,
            ARGV[10])
        -- Backwards, so that the lease that ended first is first in its list.
        for index = #over, 1, -1 do
            local record = load(over[index])
            if not record or record.state ~= 'leased' then
                call('ZREM', key('call-leases'), over[index])
            else
                end_lease(record)
                if put_back(record, true, tonumber(ARGV[7]), ARGV[8]) then
                    back[#back + 1] = record.id
                else
                    call('ZADD', untold, whole(now), record.id)
                end
            end
        end
    end
    for _, id in ipairs(call('ZRANGEBYSCORE', untold, '-inf', whole(now), 'LIMIT', 0, ARGV[10])) do
        local text = call('HGET', key('call-job:' .. id), 'job')
        if text then
            dead[#dead + 1] = text
            call('ZADD', untold, whole(now + tonumber(ARGV[9])), id)
        else
            call('ZREM', untold, id)
        end
    end
    return answer('ok', back, dead)
end

function operations.depth()
    local oldest = call('ZRANGE', key('call-waiting'), 0, 0, 'WITHSCORES')
    local age = 0
    if #oldest > 0 then age = math.max(0, now - tonumber(oldest[2])) end
    local pools = {'', call('LLEN', list_key(''))}
    local agents = call('SMEMBERS', key('call-pools'))
    table.sort(agents)
    for _, agent in ipairs(agents) do
        table.insert(pools, agent)
        table.insert(pools, call('LLEN', list_key(agent)))
    end
    return answer('ok', call('ZCARD', key('call-waiting')), age, call('ZCARD', key('call-leases')),
        call('LLEN', key('call-dead')), pools)
end

return operations[operation]()
