"""Word alignment of sentence pairs with the vectors of an encoder, and the job behind the page Word alignment."""
