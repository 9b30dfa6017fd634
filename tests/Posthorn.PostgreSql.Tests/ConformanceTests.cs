using Posthorn.Contracts;
using Shouldly;
using Xunit;

namespace Posthorn.PostgreSql.Tests;

/// <summary>No contract is left out here.</summary>
public sealed class ConformanceTests
{
    [Fact]
    public void Each_contract_runs_on_this_engine()
    {
        var contracts = typeof(EngineContract).Assembly.GetTypes().Where(type => type.IsAbstract && type.IsSubclassOf(typeof(EngineContract))).ToList();
        contracts.Count.ShouldBeGreaterThan(25);
        contracts
            .Where(contract => typeof(ConformanceTests).Assembly.GetType($"{typeof(ConformanceTests).Namespace}.Postgres{contract.Name.Replace("Contract", "Tests", StringComparison.Ordinal)}")
                is not { IsAbstract: false } tests || tests.BaseType != contract)
            .Select(contract => contract.Name).ShouldBeEmpty();
    }
}
