namespace Posthorn.Journal.Recovery;

/// <summary>What lies beyond the place where a segment stops being readable.</summary>
internal enum Beyond
{
    /// <summary>Nothing that was written under this segment's salt after that place.</summary>
    Nothing,
    /// <summary>Records that were written together with what is missing, before any of it was synced: a crash may keep the later and lose the first.</summary>
    Unsynced,
    /// <summary>A record that says that what is missing had been on stable storage when it was written.</summary>
    Acknowledged,
}
