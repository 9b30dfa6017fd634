namespace Posthorn.Journal.Storage;

/// <summary>What has written a body outside of the segments, until a commit names it. Disposed of before that, it removes the body.</summary>
internal interface IBodyHolder : IAsyncDisposable
{
    /// <summary>Puts the body under its name and on stable storage, once; before the commit that names it is submitted.</summary>
    ValueTask MakeDurableAsync();

    /// <summary>A commit has named the body: it is the journal's.</summary>
    void HandOver(StoredBody body);
}
