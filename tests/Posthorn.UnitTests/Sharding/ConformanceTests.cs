using Posthorn.Contracts;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Sharding;

/// <summary>No contract is left out on shards, but for the metrics, which each shard's engine has for itself.</summary>
public sealed class ConformanceTests
{
    [Fact]
    public void Each_contract_runs_on_shards() => typeof(EngineContract).Assembly.GetTypes()
        .Where(type => type.IsAbstract && type.IsSubclassOf(typeof(EngineContract)) && type != typeof(MetricsContract))
        .Where(contract => typeof(ConformanceTests).Assembly.GetType($"{typeof(ConformanceTests).Namespace}.Sharded{contract.Name.Replace("Contract", "Tests", StringComparison.Ordinal)}")
            is not { IsAbstract: false } tests || tests.BaseType != contract)
        .Select(contract => contract.Name).ShouldBeEmpty();
}
