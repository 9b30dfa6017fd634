using Posthorn.Bodies;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>What a store does besides that is not the engine's own: owners and processes share it.</summary>
public abstract class SharedBodyStoreContract : BodyStoreContract
{
    protected override BodyName NewName() => new(Owner, Guid.NewGuid());

    [Fact]
    public async Task Each_owner_sees_his_own_bodies()
    {
        var (other, mine) = (Guid.NewGuid(), NewName());
        await PutAsync(BodyName.MarkOf(other), [1]);
        await PutAsync(new BodyName(other, Guid.NewGuid()), Bytes(10));
        await PutAsync(mine, Bytes(10));
        (await ListAsync(Owner)).ShouldBe([mine]);
    }

    [Fact]
    public async Task A_body_can_be_read_by_another_process()
    {
        var name = NewName();
        await PutAsync(name, Bytes(500_000));
        await using var other = await OpenAsync();
        await using var reader = await other.OpenAsync(name, 500_000, 0, default);
        var buffer = new byte[100];
        (await reader.ReadAsync(499_999, buffer, default)).ShouldBe(1);
        buffer[0].ShouldBe(Bytes(500_000)[^1]);
    }
}
