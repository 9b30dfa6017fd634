using Posthorn.Engine.Transfer;

namespace Posthorn.Contracts.Transfer;

/// <summary>Ends a transfer at its so-manieth report.</summary>
/// <param name="reports">How many reports it lives.</param>
/// <param name="atEnd">Called before it ends.</param>
public sealed class EndingProgress(int reports, Action? atEnd = null) : IProgress<TransferProgress>
{
    private int _left = reports;

    /// <summary>All that was reported.</summary>
    public List<TransferProgress> Reports { get; } = [];

    /// <inheritdoc/>
    public void Report(TransferProgress value)
    {
        Reports.Add(value);
        if (_left-- > 0)
            return;
        atEnd?.Invoke();
        throw new EndedException();
    }
}
