// PostGraphile 5.1 is written for Node 22; this is all that Node 20 lacks of what it uses.
Promise.withResolvers ??= function () {
    let resolve, reject;
    const promise = new this((yes, no) => ((resolve = yes), (reject = no)));
    return { promise, resolve, reject };
};
