using System.Text;

namespace Posthorn.UnitTests.Deliver.Webhooks;

/// <summary>A call that a fake endpoint got.</summary>
internal sealed record FakePost(Uri Url, IReadOnlyDictionary<string, string> Headers, byte[] Body, DateTimeOffset At)
{
    public string Id => Headers["webhook-id"];

    public string Text => Encoding.UTF8.GetString(Body);

    public string? this[string header] => Headers.GetValueOrDefault(header);
}
