using Posthorn.Contracts;
using Posthorn.Contracts.Reference;
using Posthorn.Engine;

namespace Posthorn.UnitTests.Journal;

// Every contract, on the reference engine: what stages are tested with keeps what the journal keeps.

public sealed class ReferenceCommitTests : CommitContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceLeaseTests : LeaseContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferencePriorityTests : PriorityContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceDelayTests : DelayContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceBrowseTests : BrowseContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceGroupTests : GroupContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceLimitsTests : LimitsContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceDeadLetterTests : DeadLetterContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceBodyTests : BodyContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceRestartTests : RestartContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceFifoTests : FifoContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceFairTests : FairContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceDeferTests : DeferContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceDeduplicationTests : DeduplicationContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceReplayTests : ReplayContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceRoomTests : RoomContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceBatchTests : BatchContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceMailTests : MailContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceSettlementTests : SettlementContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceRemovalTests : RemovalContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceConcurrencyTests : ConcurrencyContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceRegistryTests : RegistryContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceVisibilityTests : VisibilityContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceRedriveTests : RedriveContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceMailboxTests : MailboxContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceClaimTests : ClaimContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}

public sealed class ReferenceWatchTests : WatchContract
{
    private readonly ReferenceStore _store = new();

    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time, _store));
}
