using Posthorn.Bodies;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Storage;

namespace Posthorn.Journal.Writing;

/// <summary>What messages carry: bodies in the record, in files, or stored already.</summary>
internal sealed partial class CommitEncoder
{
    private void SetContent(CommitStep step, ref MessageRecord record, Content content)
    {
        record.Prefix = content.Prefix;
        record.Skip = content.Skip;
        record.BodyLength = content.Body.Length;
        var body = _bodies.Placed(content.Body);
        if (body.Length == 0)
        {
            (record.BodyPlace, record.Body, record.IsShared) = (BodyPlace.None, LogPosition.None, false);
            return;
        }
        if (body is not StoredBody stored)
        {
            record.BodyPlace = BodyPlace.Here;
            record.Body = new LogPosition(_bodies.OffsetOf(body));
            record.IsShared = _bodies.IsSharedHere(body);
            return;
        }
        var isKept = record.Body == stored.Key && record.BodyPlace == BodyPlace.Key;
        (record.BodyPlace, record.Body) = (BodyPlace.Key, stored.Key);
        if (isKept)
            return;
        record.IsShared = true;
        if (stored.Owner == 0 && _bodies.IsFirstUse(stored))
            (step.Files ??= []).Add(stored);
        else
            (step.Retained, step.RetainedFrom) = (stored.Key, stored.Owner);
    }

    /// <summary>What stands for a body: itself when it rides in the record or is stored already, or a file made for it.</summary>
    private async ValueTask<Body> PlaceAsync(Body body, CancellationToken cancellationToken)
    {
        if (body is StoredBody stored)
        {
            if (stored.Writer is { } writer)
                await writer.MakeDurableAsync();
            return body;
        }
        if (body.Bytes is not { } bytes)
            throw new ArgumentException("The body comes from another engine.");
        if (bytes.Length <= engine.InlineBodyBytesMax)
            return body;
        if (_spilled?.TryGetValue(body, out var spilled) == true)
            return spilled;
        spilled = await engine.SpillAsync(bytes, cancellationToken);
        (_spilled ??= []).Add(body, spilled);
        await spilled.Writer!.MakeDurableAsync();
        return spilled;
    }
}
