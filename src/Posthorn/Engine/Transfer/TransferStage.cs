namespace Posthorn.Engine.Transfer;

/// <summary>What a transfer is at.</summary>
public enum TransferStage
{
    /// <summary>Messages are read and written.</summary>
    Copying,
    /// <summary>Both stores are read and compared.</summary>
    Comparing,
}
