using Posthorn.Contracts;
using Posthorn.Contracts.Reference;
using Posthorn.Engine;

namespace Posthorn.UnitTests.Contracts;

// The contracts, run by the plainest engine there is: a contract that no engine could keep is found here.

public sealed class ReferenceCommitTests : CommitContract
{
    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time));
}

public sealed class ReferenceLeaseTests : LeaseContract
{
    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time));
}

public sealed class ReferencePriorityTests : PriorityContract
{
    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time));
}

public sealed class ReferenceDelayTests : DelayContract
{
    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time));
}

public sealed class ReferenceBrowseTests : BrowseContract
{
    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time));
}

public sealed class ReferenceGroupTests : GroupContract
{
    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time));
}

public sealed class ReferenceLimitsTests : LimitsContract
{
    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time));
}

public sealed class ReferenceDeadLetterTests : DeadLetterContract
{
    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time));
}

public sealed class ReferenceBodyTests : BodyContract
{
    protected override Task<IEngine> OpenAsync() => Task.FromResult<IEngine>(new ReferenceEngine(Time));
}
